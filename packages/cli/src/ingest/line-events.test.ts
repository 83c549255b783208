import { EventReject, type LineFormat, lineFormat, type SourceEvent } from '@routemeter/server/sources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineEvents } from './line-events.ts'

const READING = { map: {}, timeZone: 'UTC' }
const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
const TEXT = fc.string({ unit: 'binary' })
const CALL: fc.Arbitrary<SourceEvent> = fc.record({
  id: optional(TEXT),
  time: fc.nat(),
  organizationId: optional(TEXT),
  clientId: optional(TEXT),
  clientName: optional(TEXT),
  userId: optional(TEXT),
  method: TEXT,
  path: optional(TEXT),
  templateUri: optional(TEXT),
  status: fc.integer({ min: 100, max: 599 }),
  platform: optional(TEXT),
  durationMs: optional(fc.double({ min: 0, max: 1e9, noNaN: true })),
  requestBytes: optional(fc.maxSafeNat()),
  responseBytes: optional(fc.maxSafeNat()),
})

/** A format whose every line is this call. */
const always = (call: SourceEvent): LineFormat => ({
  ...lineFormat('nginx', READING),
  read: () => [call],
})

test('an event is written as JSON writes it, whatever stands in its texts, with the line’s id where it has none', () => {
  fc.assert(
    fc.property(CALL, fc.nat(), (call, position) => {
      const outcome = new LineEvents({ format: always(call), identity: 'f' }).read('line', position)
      const [ndjson] = outcome === undefined || outcome === 'excluded' ? [] : outcome
      const id = call.id ?? `f-${position.toString(36)}`
      expect(ndjson).toMatch(/^[^\n]*\n$/)
      expect(JSON.parse(String(ndjson))).toEqual(JSON.parse(JSON.stringify({ ...call, id })))
    }),
  )
})

test('a native event keeps what it has, also what only the server can refuse', () => {
  const events = new LineEvents({ format: lineFormat('native', READING), identity: 'f', organizationId: 'acme' })
  const [ndjson, ...others] = events.read('{"time":"yesterday","status":"200","method":5,"other":[1]}', 36) as string[]
  expect(others).toEqual([])
  expect(JSON.parse(ndjson ?? '')).toEqual({
    time: 'yesterday',
    status: '200',
    method: 5,
    other: [1],
    id: 'f-10',
    organizationId: 'acme',
  })
})

test('several calls of one line have an id each; a blank line has none, and what is no call is a reject', () => {
  const events = new LineEvents({ format: lineFormat('native', READING), identity: 'f' })
  const call = '{"time":1,"method":"GET","path":"/a","status":200}'
  const ids = (events.read(call + call, 7) as string[]).map((ndjson) => JSON.parse(ndjson).id)
  expect(ids).toEqual(['f-7', 'f-7.1'])
  expect(events.read('', 0)).toBeUndefined()
  expect(events.read('{', 0)).toEqual([expect.any(EventReject)])
})
