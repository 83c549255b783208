import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventReject } from '../domain/event-reject.ts'
import { readEvent } from '../domain/event-validation.ts'
import { Refusal } from '../domain/refusal.ts'
import { lineFormat } from './line-format.ts'
import { goldenLines } from './sources/golden-lines.ts'
import { redactLine } from './sources/redact-line.ts'
import { PLAIN_READING } from './sources/source.ts'
import { WeightedEvent } from './sources/weighted-event.ts'
import { sourceNamed } from './sources.ts'

// Whatever happens to a line on its way, it is one call or one reject: none vanishes, none comes twice, nothing throws.

/** One record of these holds any number of calls, none as well: their own tests count them. */
const ENVELOPES = ['otlp', 'apitally']
const GOLDEN = goldenLines().filter(({ format }) => !ENVELOPES.includes(format))
const LIMITS = { now: Date.UTC(2027, 0, 1), oldest: 0 }
/** What cuts a JSON line in two, or makes a list of it, changes how many records there are. */
const STRUCTURE = /[{}[\]"\\]/

type Change = (line: string) => string

const somewhere = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const pieces = fc.oneof(
  fc.constantFrom('"', '\\', '\\x', '\\u', '#C3', '[', ']', '{', '}', '}{', '|', '-', ' ', '\t', '%', '%2', '?', '\r'),
  fc.constantFrom(
    '\u2028',
    '\0',
    '\ud800',
    '�',
    '__proto__',
    '1e999',
    '-1',
    '99999999999999999999',
    ',,',
    ': ',
    'null',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }).map((text) => text.replaceAll('\n', ' ')),
  fc.constantFrom(...GOLDEN.map(({ line }) => line)),
)
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(somewhere, pieces).map(([at, piece]) => insert(at, piece)),
  fc.tuple(somewhere, somewhere).map(([at, share]) => remove(at, share)),
  somewhere.map((at) => (line: string) => line.slice(0, at * line.length)),
  fc.tuple(somewhere, somewhere).map(
    ([from, to]) =>
      (line: string) =>
        line + line.slice(from * line.length, to * line.length),
  ),
)

function insert(at: number, piece: string): Change {
  return (line) => line.slice(0, at * line.length) + piece + line.slice(at * line.length)
}

function remove(at: number, share: number): Change {
  return (line) => line.slice(0, at * line.length) + line.slice(at * line.length + 1 + share * 20)
}

const mutated = fc
  .tuple(fc.constantFrom(...GOLDEN), fc.array(change, { maxLength: 4 }))
  .map(([golden, changes]) => ({ ...golden, line: changes.reduce((line, one) => one(line), golden.line) }))

/** A record of these holds a list of calls, which may be empty; otlp.test.ts and apitally.test.ts count what is in it. */
const holdsCalls = (format: string) => ['otlp', 'apitally'].includes(format)
const isText = (format: string) => ['nginx', 'apache', 'haproxy', 'regex'].includes(format)

describe('lines that something has happened to', () => {
  test('of text are each one call or one reject', () => {
    fc.assert(
      fc.property(
        mutated.filter(({ format }) => isText(format)),
        ({ format, options, line }) => {
          expect(lineFormat(format, options).read(line)).toHaveLength(line.trim() === '' ? 0 : 1)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('of JSON are a call or a reject, and more only where they have several records', () => {
    fc.assert(
      fc.property(mutated, ({ format, options, line }) => {
        const calls = lineFormat(format, options).read(line)
        const most =
          line.startsWith('[') || format === 'apigee' || holdsCalls(format)
            ? line.length
            : Math.max(1, line.split('{').length - 1)
        const mayBeNone = line.trim() === '' || /^\s*\[\s*\]/.test(line) || holdsCalls(format)
        expect(calls.length).toBeGreaterThanOrEqual(mayBeNone ? 0 : 1)
        expect(calls.length).toBeLessThanOrEqual(most)
      }),
      { numRuns: 5_000 },
    )
  })

  test('of JSON stay one where their structure stays', () => {
    const single = GOLDEN.filter(
      ({ format, expected }) => !isText(format) && !holdsCalls(format) && expected.length === 1,
    )
    const change = fc.tuple(somewhere, fc.string({ unit: 'binary', maxLength: 5 })).map(([at, text]) => ({ at, text }))
    fc.assert(
      fc.property(
        fc.constantFrom(...single),
        fc.array(change, { maxLength: 4 }),
        ({ format, options, line }, changes) => {
          const changed = changes.reduce((text, { at, text: put }) => {
            const place = Math.floor(at * text.length)
            if (STRUCTURE.test(text[place] ?? '"')) return text
            return text.slice(0, place) + put.replace(/[{}[\]"\\\n]/g, '') + text.slice(place + 1)
          }, line)
          expect(lineFormat(format, options).read(changed)).toHaveLength(changed.trim() === '' ? 0 : 1)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('give calls that can be counted, and rejects that say why', () => {
    fc.assert(
      fc.property(mutated, ({ format, options, line }) => {
        for (const call of lineFormat(format, options).read(line)) {
          if (call instanceof EventReject) {
            expect(call.message).toMatch(/\.$/)
            continue
          }
          if (format === 'native' || format === 'cloudevents') continue
          if (call instanceof WeightedEvent) throw new Error('only Apitally adds calls up')
          const event = readEvent(JSON.parse(JSON.stringify(call)), LIMITS)
          const isFar = call.organizationId !== undefined || Number(call.time) > LIMITS.now
          if (event instanceof EventReject && !isFar) expect(event.message).toBe('')
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('are redacted, whatever they are', () => {
    fc.assert(
      fc.property(mutated, ({ line }) => {
        expect(redactLine(line)).toEqual(expect.any(String))
      }),
    )
  })
})

describe('bodies of such lines', () => {
  test('have as many calls and rejects as lines, by whatever Content-Type they come', () => {
    const lines = fc.array(
      mutated.filter(({ format }) => format === 'haproxy' || format === 'nginx'),
      { minLength: 1, maxLength: 300 },
    )
    const mediaType = fc.constantFrom('', 'text/plain', 'application/json', 'application/x-ndjson', 'image/png')
    fc.assert(
      fc.property(lines, mediaType, fc.constantFrom('nginx', 'haproxy'), (some, type, name) => {
        const text = some.map(({ line }) => line.toWellFormed()).join('\n')
        const read = [...sourceNamed(name).parse(Buffer.from(text), { ...PLAIN_READING, mediaType: type })]
        expect(read).toHaveLength(
          text
            .replace(/^\ufeff/, '')
            .split('\n')
            .filter((line) => line.trim() !== '').length,
        )
      }),
      { numRuns: 100 },
    )
  })

  test('of JSON are read or refused, and nothing else', () => {
    const mediaType = fc.constantFrom('', 'text/plain', 'application/json')
    fc.assert(
      fc.property(fc.array(mutated, { maxLength: 5 }), mediaType, (some, type) => {
        const body = Buffer.from(some.map(({ line }) => line).join('\n'))
        for (const format of new Set([...some.map(({ format }) => format), 'auto'])) {
          const { options } = some.find((one) => one.format === format) ?? { options: PLAIN_READING }
          try {
            const read = [...sourceNamed(format).parse(body, { ...options, mediaType: type })]
            expect(
              read.length > 0 ||
                body.includes('resourceSpans') ||
                body.includes('requests') ||
                body.toString().replaceAll(/[[\]\s\ufeff]/g, '') === '',
            ).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal)
            expect(type).toBe('application/json')
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

test('a pattern that takes for ever on a line is given up, and the lines are rejects', () => {
  const body = Buffer.from(`GET 200 1790812802\n${'a'.repeat(40)}!\nGET 200 1790812802\n`)
  const regex = '^(?:(?<method>GET) (?<status>200) (?<time>[0-9]+)|(?:(?:a+)+)b)$'
  const read = [...sourceNamed('regex').parse(body, { ...PLAIN_READING, regex })]
  expect(read.map((call) => call instanceof EventReject)).toEqual([false, true, false])
})
