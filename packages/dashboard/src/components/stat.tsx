import type { ComponentChildren } from 'preact'
import { Sparkline } from '../charts/sparkline.tsx'

interface StatProps {
  readonly label: string
  readonly value: string
  /** Against the previous period, such as +12%. */
  readonly change?: string | undefined
  /** Whether more of it is worse. */
  readonly isBad?: boolean
  readonly points: readonly number[]
  readonly children?: ComponentChildren
}

/** One number, how it went, and how it was before. */
export function Stat({ label, value, change, isBad = false, points, children }: StatProps) {
  const worse = isBad && change !== undefined && !change.startsWith('-') && change !== '0%'
  return (
    <div class="stat">
      <dt>{label}</dt>
      <dd>
        <span class="number">{value}</span>
        {change !== undefined && (
          <span class={worse ? 'change worse' : 'change'}>
            {change}
            <span class="hidden"> against the previous period</span>
          </span>
        )}
        <Sparkline points={points} isAlarming={isBad} />
        {children}
      </dd>
    </div>
  )
}
