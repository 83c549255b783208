import { expect, test } from 'vitest'
import { eventBodies } from './events.ts'

test('a plan makes the same events wherever it is carried out, and no id twice', () => {
  const plan = { bodies: 60, eventsEach: 1_000, until: Date.UTC(2026, 10, 24) }
  const bodies = eventBodies(plan)
  expect(Buffer.concat(eventBodies(plan)).equals(Buffer.concat(bodies))).toBe(true)
  const lines = Buffer.concat(bodies).toString().trim().split('\n')
  const ids = new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id))
  expect(ids.size).toBe(60 * 1_000)
  const bytesEach = Buffer.concat(bodies).length / lines.length
  expect(bytesEach).toBeGreaterThan(280)
  expect(bytesEach).toBeLessThan(340)
})
