import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventReject } from '../../../domain/event-reject.ts'
import { Refusal } from '../../../domain/refusal.ts'
import { goldenLines } from '../golden-lines.ts'
import { PLAIN_READING, type Reading } from '../source.ts'
import { encodeTraces } from './encode-traces.ts'
import { otlpJson, otlpProtobuf } from './otlp.ts'

const GOLDEN = goldenLines().filter(({ format, expected }) => {
  return format === 'otlp' && expected.every((one) => 'event' in one)
})

function told(calls: Iterable<unknown>): readonly unknown[] {
  return Array.from(calls, (call) =>
    call instanceof EventReject ? { code: call.code, message: call.message } : JSON.parse(JSON.stringify(call)),
  )
}
const inJson = (request: object, reading: Reading = PLAIN_READING) =>
  told(otlpJson.parse(Buffer.from(JSON.stringify(request)), reading))
const inProtobuf = (request: object, reading: Reading = PLAIN_READING) =>
  told(otlpProtobuf.parse(encodeTraces(request), reading))

test.each(GOLDEN)('in protobuf too: $line', ({ line, options, expected }) => {
  // A double does not hold so many nanoseconds.
  const quoted = line.replace(/(UnixNano":)(\d+)/g, '$1"$2"')
  const events = expected.map((one) => ('event' in one ? one.event : one))
  expect(inProtobuf(JSON.parse(quoted), { ...PLAIN_READING, ...options })).toEqual(events)
})

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('GET', '/a/:id', 'a', '__proto__'))
const someValue = fc.letrec<{ value: object; values: { values: object[] } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text.map((stringValue) => ({ stringValue })),
    fc.integer().map((intValue) => ({ intValue: String(intValue) })),
    fc.integer({ min: 100, max: 599 }).map((intValue) => ({ intValue })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    tie('values').map((arrayValue) => ({ arrayValue })),
  ),
  values: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }),
})).value
const KEYS = [
  'http.request.method',
  'http.method',
  'http.route',
  'url.path',
  'http.target',
  'http.response.status_code',
  'http.status_code',
  'user.id',
  'http.request.body.size',
  'http.request.header.x-client-id',
  '__proto__',
  'a.b',
]
const attributes = fc.array(fc.record({ key: fc.constantFrom(...KEYS), value: someValue }), { maxLength: 8 })
const nanos = fc.bigInt(0n, 2n ** 63n).map(String)
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'))
const someSpan = fc.record(
  {
    traceId: hex(16),
    spanId: hex(8),
    name: text,
    kind: fc.constantFrom(0, 1, 2, 2, 2, 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT'),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    status: fc.record({ code: fc.nat(2) }),
  },
  { requiredKeys: ['kind'] },
)
const someRequest = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({ scope: fc.record({ name: text }), spans: fc.array(someSpan, { maxLength: 3 }) }),
        {
          maxLength: 2,
        },
      ),
    }),
    { maxLength: 2 },
  ),
})

test('whatever spans say, both encodings come to the same events, one or one reject for each of a server', () => {
  const reading = { ...PLAIN_READING, map: { clientName: 'a.b', platform: '__proto__' } }
  fc.assert(
    fc.property(someRequest, (request) => {
      const read = inJson(request, reading)
      expect(inProtobuf(request, reading)).toEqual(read)
      const servers = request.resourceSpans
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .filter(({ kind }) => kind === 2 || kind === 'SPAN_KIND_SERVER')
      expect(read).toHaveLength(servers.length)
    }),
    { numRuns: 300 },
  )
})

test('protobuf that was cut, changed or made up is read or refused, and nothing else', () => {
  const whole = encodeTraces(JSON.parse(GOLDEN[1]?.line ?? ''))
  const mutated = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const bytes = Buffer.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
  const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length))
  fc.assert(
    fc.property(fc.oneof(mutated, cut, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      try {
        told(otlpProtobuf.parse(bytes, PLAIN_READING))
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
        expect(error).toMatchObject({ code: 'bad.request' })
      }
    }),
    { numRuns: 2000 },
  )
})

test.each(['5', '"a"', '[]', '{"resourceSpans":{}}', '{"resourceSpans":null}', '{'])('%s is no envelope', (body) => {
  expect(() => told(otlpJson.parse(Buffer.from(body), PLAIN_READING))).toThrow(Refusal)
})

test.each(['', '{}', '{"resourceSpans":[]}', '{"resourceSpans":[{"scopeSpans":[{}]}]}'])('%j has no spans', (body) => {
  expect(told(otlpJson.parse(Buffer.from(body), PLAIN_READING))).toEqual([])
})

test('values in values are passed over where nobody has them that deep', () => {
  const nested = (depth: number): object =>
    depth === 0 ? { stringValue: 'deep' } : { arrayValue: { values: [nested(depth - 1)] } }
  const attribute = (key: string, value: object) => ({ key, value })
  const request = (depth: number) => ({
    resourceSpans: [
      { scopeSpans: [{ spans: [{ ...span, attributes: [...span.attributes, attribute('user.id', nested(depth))] }] }] },
    ],
  })
  const span = {
    kind: 2,
    startTimeUnixNano: '1544712660000000000',
    attributes: [
      attribute('http.request.method', { stringValue: 'GET' }),
      attribute('http.response.status_code', { intValue: '200' }),
    ],
  }
  const expected = [{ time: 1544712660000, method: 'GET', templateUri: '(unmatched)', status: 200 }]
  expect(inJson(request(900))).toEqual(expected)
  expect(inProtobuf(request(20))).toEqual(expected)
})
