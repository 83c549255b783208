import type { WatchedLimit } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Problem } from '../components/problem.tsx'
import { limitTitle } from './limit-title.ts'

const BY: Readonly<Record<string, WatchedLimit['by']>> = {
  'client and user': ['clientId', 'userId'],
  client: ['clientId'],
  user: ['userId'],
  route: ['templateUri'],
  'client and route': ['clientId', 'templateUri'],
}

/** Which limits are watched: one can be added, and each taken away. */
export function WatchedLimits({ limits, onChanged }: { limits: readonly WatchedLimit[]; onChanged: () => void }) {
  const [problem, setProblem] = useState<unknown>()
  const watch = (wanted: readonly WatchedLimit[]) =>
    api.rateLimits
      .set(wanted.map(({ by, requestsPerMinute }) => ({ by, requestsPerMinute })))
      .then(onChanged, setProblem)
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const given = new FormData(event.currentTarget)
    const by = BY[String(given.get('by'))] ?? ['clientId']
    void watch([...limits, { by, requestsPerMinute: Number(given.get('requests')) }])
  }
  return (
    <details class="card">
      <summary>Watched limits</summary>
      <Problem error={problem} />
      <ul class="plain-list">
        {limits.map((limit) => (
          <li key={limit.by.join()}>
            {limitTitle(limit)}
            <button
              type="button"
              class="plain"
              aria-label={`Watch no longer: ${limitTitle(limit)}`}
              onClick={() => void watch(limits.filter((other) => other !== limit))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form class="toolbar" onSubmit={add}>
        <label>
          Requests a minute <input type="number" name="requests" min={1} defaultValue="300" required />
        </label>
        <label>
          by{' '}
          <select name="by">
            {Object.keys(BY).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="submit">Watch</button>
      </form>
    </details>
  )
}
