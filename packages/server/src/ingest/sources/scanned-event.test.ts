import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf } from '../../domain/an-event.ts'
import { TextNumbers } from '../../domain/text-numbers.ts'
import { IdentityHash } from '../../store/event-identity.ts'
import { createTemplateResolver } from '../../templates/template-resolver.ts'
import { admit } from '../admission.ts'
import { nativeNdjson } from './native-ndjson.ts'
import { ScannedEvent } from './scanned-event.ts'
import { PLAIN_READING } from './source.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const LIMITS = { now: NOW, oldest: Date.UTC(2020, 0, 1) }
const SENDER = { organizationId: 'acme', anyOrganization: true }
const resolver = createTemplateResolver({
  templatesOf: async () => ['users/{id}', 'users/{id}/queues', 'files/{name}.json'],
})

/** What becomes of a body, read by the scanner where it can be or as JSON throughout. */
async function read(body: string | Uint8Array, isScanned: boolean) {
  const texts = new TextNumbers()
  const scanned = isScanned ? new ScannedEvent(texts, LIMITS) : undefined
  const findPlace = async (organizationId: string) =>
    organizationId === 'nobody' ? undefined : { number: 1, resolver: await resolver.of('acme') }
  const values = nativeNdjson.parse(Buffer.from(body), PLAIN_READING, scanned)
  const { batch, ...rest } = await admit(values, 1, SENDER, LIMITS, { findPlace, texts, hash: new IdentityHash('k') })
  return { events: eventsOf(batch), identities: [...batch.columns.identity.subarray(0, batch.count * 4)], ...rest }
}

const BASE = { id: 'a', time: '2026-11-23T10:00:00.123Z', method: 'GET', path: '/users/1', status: 200 }
const line = (fields: object) => JSON.stringify({ ...BASE, ...fields })

function isScanned(text: string): boolean {
  const bytes = Buffer.from(text)
  return new ScannedEvent(new TextNumbers(), LIMITS).scan(bytes, 0, bytes.length)
}

test.each([
  [
    'an event with every field',
    line({
      organizationId: 'globex',
      clientId: 'c',
      clientName: 'C',
      userId: 'u',
      platform: 'w',
      durationMs: 12.5,
      requestBytes: 0,
      responseBytes: 9007199254740,
      templateUri: '/users/:id',
    }),
  ],
  [
    'spaces where JSON has them, and a carriage return',
    ' { "time" : 1795428000000.9 , "method":"GET", "path":"/a", "status":404 } \r',
  ],
  ['unknown fields that are not nested', line({ region: 'eu', weight: 3 })],
  ['a field that comes twice', `{"status":500,${line({}).slice(1)}`],
])('%s is read without parsing JSON', (_, text) => {
  expect(isScanned(text)).toBe(true)
})

test.each([
  ['an escape', line({ userId: 'a"b' })],
  ['text that is not ASCII', line({ userId: 'é' })],
  ['null', line({ userId: null })],
  ['something nested', line({ extra: {} })],
  ['a method in lower case', line({ method: 'get' })],
  ['an exponent', '{"time":1.7e12,"method":"GET","path":"/a","status":200}'],
  ['a leading zero', '{"time":017,"method":"GET","path":"/a","status":200}'],
  ['an offset', line({ time: '2026-11-23T10:00:00+01:00' })],
  ['the future', line({ time: NOW + 400_000 })],
  ['a missing field', line({ path: undefined })],
  ['a number where a text belongs', line({ clientId: 7 })],
  ['two values', `${line({})}${line({})}`],
  ['half a line', line({}).slice(0, 30)],
  ['a comma too many', '{"time":1,"method":"GET","path":"/a","status":200,}'],
  ['an empty line', ''],
])('%s is left to the JSON reader', (_, text) => {
  expect(isScanned(text)).toBe(false)
})

const someTime = fc.oneof(
  fc
    .date({ min: new Date('2019-01-01'), max: new Date(NOW + 600_000), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-29T00:00:00Z',
    '2026-11-23T10:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-11-23t10:00:00z',
    '2026-11-23T24:00:00Z',
    '',
    'now',
    1795428000000,
    1.5,
    -1,
    null,
    '2026-11-23T10:00:00.12Z',
  ),
)
const someText = fc.oneof(
  fc.constantFrom(
    '',
    'GET',
    'post',
    '/users/7',
    'users/7/queues?x=1',
    '/users/7/queues',
    '/users/',
    '/users/7/',
    '/users//7',
    '/users/./7',
    '/',
    '/%75sers/1',
    '/files/a.json',
    'acme',
    'globex',
    'nobody',
    'über',
    'a"b',
    'a\\b',
    '\u0000',
    '\uD800',
    '\u007F',
    'x'.repeat(129),
    'x'.repeat(257),
    '*',
    '//a/../b',
  ),
  fc.string({ maxLength: 12 }),
)
const someNumber = fc.oneof(
  fc.nat(700),
  fc.constantFrom(
    200,
    200.5,
    0,
    -0,
    -1,
    2 ** 53 - 1,
    2 ** 53,
    1e21,
    1e-7,
    0.1,
    12.345,
    2_592_000_000,
    2_592_000_000.001,
    null,
    '200',
    true,
    [],
    {},
  ),
)
const someEvent = fc
  .record(
    {
      id: someText,
      time: someTime,
      organizationId: someText,
      clientId: someText,
      clientName: someText,
      userId: someText,
      method: fc.oneof(fc.constantFrom('GET', 'POST', 'PATCH'), someText),
      path: someText,
      templateUri: someText,
      status: fc.oneof(fc.constantFrom(200, 404, 429), someNumber),
      platform: someText,
      durationMs: someNumber,
      requestBytes: someNumber,
      responseBytes: someNumber,
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((fields) => ({ time: BASE.time, method: 'GET', path: '/users/1', status: 200, ...fields }))

/** JSON as others write it: spaces, fields twice, and now and then a character that is not its own. */
const someLine = fc
  .tuple(
    someEvent,
    fc.option(someEvent),
    fc.boolean(),
    fc.option(fc.tuple(fc.nat(), fc.constantFrom('"', '\\', '{', '}', ',', '0', '\t', 'é', '\uFEFF'))),
  )
  .map(([fields, again, isSpaced, damage]) => {
    const one = JSON.stringify(fields, null, isSpaced ? 1 : 0).replaceAll('\n', ' ')
    const text = again === null ? one : `${one.slice(0, -1)},${JSON.stringify(again).slice(1)}`
    if (damage === null) return text
    const at = damage[0] % (text.length + 1)
    return text.slice(0, at) + damage[1] + text.slice(at)
  })

test('what the scanner reads is what JSON would have been read as, for any lines, rejects and identities included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someLine, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\n\n', '\n\uFEFF'),
      async (lines, newline) => {
        const body = lines.join(newline)
        expect(await read(body, true)).toEqual(await read(body, false))
      },
    ),
    { numRuns: 500 },
  )
})

test('bytes that are no text are read alike, and a byte order mark at the start is passed over', async () => {
  const good = Buffer.from(line({}))
  for (const odd of [[0xff], [0xc3], [0xef, 0xbb], [0xef, 0xbb, 0xbf], [0x80, 0x22]]) {
    const body = Buffer.concat([
      Buffer.from(odd),
      good,
      Buffer.from([10]),
      good,
      Buffer.from(odd),
      Buffer.from([10]),
      good,
    ])
    expect(await read(body, true)).toEqual(await read(body, false))
  }
  expect((await read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good]), true)).events).toHaveLength(1)
})
