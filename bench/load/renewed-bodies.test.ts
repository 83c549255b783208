import { expect, test } from 'vitest'
import { eventBodies } from '../events.ts'
import { RenewedBodies } from './renewed-bodies.ts'

test('however often bodies are sent, no id comes twice and nothing else of an event changes', () => {
  const plan = { bodies: 3, eventsEach: 20, until: Date.UTC(2026, 10, 24) }
  const events = (body: Buffer) =>
    body
      .toString()
      .trim()
      .split('\n')
      .map((line): { id: string; path: string } => JSON.parse(line))
  const originals = eventBodies(plan).map(events)
  const renewed = new RenewedBodies(eventBodies(plan))
  const ids = new Set<string>()
  for (let turn = 0; turn < 300; turn++) {
    const sent = events(renewed.next())
    for (const { id } of sent) ids.add(id)
    expect(sent.map(({ path }) => path)).toEqual(originals[turn % 3]?.map(({ path }) => path))
  }
  expect(ids.size).toBe(300 * 20)
  expect([...ids].every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true)
})
