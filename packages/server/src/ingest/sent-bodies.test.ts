import { expect, test } from 'vitest'
import { SentBodies } from './sent-bodies.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 10, 23, 12, 7)
const body = (text: string, organizationId = 'acme', source = 'nginx') => ({
  source,
  bytes: Buffer.from(text),
  sender: { organizationId, anyOrganization: false },
})

test('no two bodies, organizations, sources or keys get the same ids', () => {
  const bodies = new SentBodies(() => START)
  const bases = [
    bodies.idsOf(body('a')),
    bodies.idsOf(body('b')),
    bodies.idsOf(body('a', 'globex')),
    bodies.idsOf(body('a', 'acme', 'apache')),
    bodies.idsOf(body('a'), 'key'),
    bodies.idsOf(body('a'), 'another'),
    bodies.idsOf(body('a', 'globex'), 'key'),
  ].map(({ ofMany }) => ofMany)
  expect(new Set(bases).size).toBe(bases.length)
  for (const base of bases) expect(base?.length).toBeLessThan(100)
})

test('first sights ten minutes apart get other ids, whenever they are and however often it comes between', () => {
  for (let offset = 0; offset < 20; offset++) {
    let now = START + offset * MINUTE_MS
    const bodies = new SentBodies(() => now)
    const first = bodies.idsOf(body('a'))
    for (let minute = 0; minute < 9; minute++) {
      now += MINUTE_MS
      expect(bodies.idsOf(body('a'))).toEqual(first)
    }
    now += MINUTE_MS
    expect(bodies.idsOf(body('a')).ofMany).not.toBe(first.ofMany)
  }
})

test('a server that was started anew gives the same ids within the same ten minutes of the clock', () => {
  const now = Date.UTC(2026, 10, 23, 12, 1)
  const before = new SentBodies(() => now).idsOf(body('a'))
  expect(new SentBodies(() => now + 8 * MINUTE_MS).idsOf(body('a'))).toEqual(before)
})

test('a body of one line gets an id only by a key', () => {
  const bodies = new SentBodies(() => START)
  expect(bodies.idsOf(body('a')).ofOne).toBeUndefined()
  expect(bodies.idsOf(body('a'), '').ofOne).toBeUndefined()
  expect(bodies.idsOf(body('a'), 'key').ofOne).toBe(bodies.idsOf(body('b'), 'key').ofMany)
})
