import { api } from '../api.ts'
import { baseQuery } from '../range.ts'
import { useAnswer } from '../use-answer.ts'
import type { FilterDimension, View } from '../view.ts'

const LABELS: Readonly<Record<FilterDimension, string>> = {
  clientId: 'Client',
  userId: 'User',
  templateUri: 'Route',
  httpMethod: 'Method',
  platform: 'Platform',
  statusClass: 'Status',
}

/** One filter of the view, and how it is taken away. A client is called by its name. */
export function FilterChip(props: { view: View; name: FilterDimension; onRemove: () => void }) {
  const { view, name, onRemove } = props
  const value = view.filters[name] ?? ''
  const clientName = useClientName(view, name === 'clientId' ? value : undefined)
  const label = `${LABELS[name]}: ${clientName || value || '(none)'}`
  return (
    <li>
      <span title={value}>{label}</span>
      <button type="button" class="plain" aria-label={`Remove the filter ${label}`} onClick={onRemove}>
        ×
      </button>
    </li>
  )
}

function useClientName(view: View, clientId: string | undefined): string | undefined {
  const { value } = useAnswer(`name ${clientId} ${view.range}`, async (signal) => {
    if (clientId === undefined) return undefined
    const { interval, timeZone } = baseQuery(view, Date.now())
    const question = { groupBy: ['clientName'], metrics: ['requests'], limit: 1 } as const
    const filters = { clientId: [clientId] }
    const { rows } = await api.usage.queryNow({ interval, timeZone, ...question, filters }, { signal })
    return rows[0]?.clientName
  })
  return value
}
