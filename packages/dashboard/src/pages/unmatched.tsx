import type { SuggestedTemplate, UnmatchedPath, UnmatchedPaths } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Problem } from '../components/problem.tsx'
import { count, dateAndTime } from '../format.ts'
import { may, type PageProps } from '../page.ts'
import { useAnswer } from '../use-answer.ts'
import { ImportTemplates } from './import-templates.tsx'

/** Paths that no route template fits, and how to give them one. */
export function UnmatchedPage({ view, session }: PageProps) {
  const { value, error, reload } = useAnswer('unmatched', (signal) => api.templates.unmatched({ signal }))
  const isEditor = may(session, 'usage:template:edit')
  return (
    <div>
      {isEditor && <ImportTemplates onImported={reload} />}
      <Problem error={error} onRetry={reload} />
      {value !== undefined && <Suggestions suggestions={value.suggestions} onAdded={reload} isEditor={isEditor} />}
      {value !== undefined && <Paths paths={value} zone={view.zone} />}
    </div>
  )
}

function Paths({ paths: { entities }, zone }: { paths: UnmatchedPaths; zone: string }) {
  if (entities.length === 0) {
    return (
      <div class="empty">
        <h2>Every path has its route template</h2>
        <p>Paths that come and fit none are listed here, so that you can import what they belong to.</p>
      </div>
    )
  }
  const columns: Column<UnmatchedPath>[] = [
    { name: 'Path', sortBy: ({ shape }) => shape, cell: ({ shape, example }) => <code title={example}>{shape}</code> },
    { name: 'Calls', isNumber: true, sortBy: ({ calls }) => calls, cell: ({ calls }) => count(calls) },
    { name: '404s', isNumber: true, sortBy: ({ notFound }) => notFound, cell: ({ notFound }) => count(notFound) },
    { name: 'For example', cell: ({ example }) => <code>{example}</code> },
    { name: 'Last seen', sortBy: (row) => row.dateLastSeen, cell: (row) => dateAndTime(row.dateLastSeen, zone) },
  ]
  return (
    <DataTable
      label="Unmatched paths"
      rows={entities}
      columns={columns}
      keyOf={({ shape }) => shape}
      textOf={({ shape, example }) => `${shape} ${example}`}
      sortedBy="Calls"
    />
  )
}

interface SuggestionsProps {
  readonly suggestions: readonly SuggestedTemplate[]
  readonly isEditor: boolean
  readonly onAdded: () => void
}

function Suggestions({ suggestions, isEditor, onAdded }: SuggestionsProps) {
  const [problem, setProblem] = useState<unknown>()
  if (suggestions.length === 0) return null
  const add = ({ templateUri }: SuggestedTemplate) =>
    void api.templates.import(templateUri, { contentType: 'text/plain' }).then(onAdded, setProblem)
  return (
    <section class="card">
      <h2>Suggested templates</h2>
      <Problem error={problem} />
      <ul class="plain-list">
        {suggestions.map((each) => (
          <li key={each.templateUri}>
            <code>{each.templateUri}</code>
            <span class="fine">
              {count(each.calls)} calls, {count(each.values)} values such as {each.examples.slice(0, 3).join(', ')}
            </span>
            {isEditor && (
              <button type="button" class="plain" aria-label={`Add ${each.templateUri}`} onClick={() => add(each)}>
                Add
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
