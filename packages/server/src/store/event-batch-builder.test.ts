import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anEvent, eventsOf } from '../domain/an-event.ts'
import { IDENTITY_WORDS } from '../domain/event-batch.ts'
import { TextNumbers } from '../domain/text-numbers.ts'
import { EventBatchBuilder } from './event-batch-builder.ts'
import { IdentityHash } from './event-identity.ts'

test('a batch holds every event that was put into it, however many were expected', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.nat(200), (expected, count) => {
      const builder = new EventBatchBuilder(new TextNumbers(), new IdentityHash('key'), expected)
      const organization = builder.addOrganization({ organizationId: 'acme', number: 1 })
      const events = Array.from({ length: count }, (_, index) => anEvent({ time: index, userId: `${index % 7}` }))
      for (const event of events) builder.add(event, organization)
      const batch = builder.finish(false)
      expect(batch.count).toBe(count)
      expect(eventsOf(batch)).toEqual(events)
    }),
  )
})

test('an identity is the organization’s, the time’s and the id’s, and there is none without an id', () => {
  const builder = new EventBatchBuilder(new TextNumbers(), new IdentityHash('key'), 1)
  const acme = builder.addOrganization({ organizationId: 'acme', number: 1 })
  const globex = builder.addOrganization({ organizationId: 'globex', number: 2 })
  const event = anEvent({ id: 'x' })
  for (const [one, organization] of [
    [event, acme],
    [event, acme],
    [event, globex],
    [{ ...event, time: event.time + 1 }, acme],
    [{ ...event, id: 'y' }, acme],
    [anEvent(), acme],
  ] as const) {
    builder.add(one, organization)
  }
  const { identity } = builder.finish(false).columns
  const identities = Array.from({ length: 6 }, (_, at) =>
    identity.subarray(at * IDENTITY_WORDS, (at + 1) * IDENTITY_WORDS).join(),
  )
  expect(identities[0]).toBe(identities[1])
  expect(new Set(identities).size).toBe(5)
  expect(identities[5]).toBe('0,0,0,0')
})
