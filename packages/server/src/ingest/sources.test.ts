import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventReject } from '../domain/event-reject.ts'
import { Refusal } from '../domain/refusal.ts'
import { PLAIN_READING } from './sources/source.ts'
import { EVENT_MEDIA_TYPES, SOURCES, sourceNamed, sourceOf } from './sources.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What a source reads: values as they are, rejects as their code and message. */
function parse(source: string, body: string | Uint8Array): readonly unknown[] {
  const values = [...sourceNamed(source).parse(typeof body === 'string' ? bytes(body) : body, PLAIN_READING)]
  return values.map((value) => (value instanceof EventReject ? { code: value.code, message: value.message } : value))
}

describe('the list of sources', () => {
  test('has a source for every media type of POST /v1/events', () => {
    expect(EVENT_MEDIA_TYPES).toEqual([
      'application/x-ndjson',
      'application/jsonl',
      'application/json',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
    ])
    expect(sourceOf('application/jsonl')?.name).toBe('native-ndjson')
    expect(sourceOf('text/plain')).toBeUndefined()
    expect(() => sourceNamed('none')).toThrow('no source')
  })

  test('names each source and media type once', () => {
    expect(new Set(SOURCES.map(({ name }) => name)).size).toBe(SOURCES.length)
    expect(new Set(EVENT_MEDIA_TYPES).size).toBe(EVENT_MEDIA_TYPES.length)
  })
})

describe('NDJSON', () => {
  test('has an event a line: blank lines, CRLF, a byte order mark and a missing last newline make no difference', () => {
    expect(parse('native-ndjson', '\ufeff{"a":1}\r\n\r\n  \t\n{"b":"é\\u2028\u2028"}\n\n{"c":3}')).toEqual([
      { a: 1 },
      { b: 'é\u2028\u2028' },
      { c: 3 },
    ])
    expect(parse('native-ndjson', '')).toEqual([])
    expect(parse('native-ndjson', '\n\r\n')).toEqual([])
  })

  test('a line that is not JSON is one reject that says why, and the others are read', () => {
    const read = parse('native-ndjson', '{"a":1}\n{"a":\n\nnonsense\n{"b":2}{"c":3}\n5\n')
    expect(read).toMatchObject([{ a: 1 }, { code: 'bad.request' }, { code: 'bad.request' }, { code: 'bad.request' }, 5])
    expect(read[2]).toMatchObject({ message: expect.stringMatching(/^The line is not JSON: .*nonsense/) })
  })

  test('what is not UTF-8 becomes U+FFFD', () => {
    const body = new Uint8Array([...bytes('{"a":"x'), 0xff, 0xc3, ...bytes('y"}')])
    expect(parse('native-ndjson', body)).toEqual([{ a: 'x\ufffd\ufffdy' }])
  })

  test('is the lines’ own JSON, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom('\n', '\r\n', '\n\n'), (values, newline) => {
        const body = values.map((value) => JSON.stringify(value)).join(newline)
        expect(parse('native-ndjson', body)).toEqual(JSON.parse(JSON.stringify(values)))
      }),
    )
  })
})

describe('JSON', () => {
  test('is an event or a list of events, or nothing', () => {
    expect(parse('native-json', '{"a":1}')).toEqual([{ a: 1 }])
    expect(parse('native-json', '\ufeff [{"a":1},5,null] ')).toEqual([{ a: 1 }, 5, null])
    expect(parse('native-json', '[]')).toEqual([])
    expect(parse('native-json', ' \n')).toEqual([])
  })

  test.each(['{"a":1', 'null', '5', '"text"', '{"a":1}\n{"a":2}', '[{"a":1},]'])('%s is refused as a whole', (body) => {
    expect(() => parse('native-json', body)).toThrow(expect.objectContaining({ code: 'bad.request' }))
    expect(() => parse('native-json', body)).toThrow(Refusal)
  })
})

describe('depth', () => {
  const bomb = '['.repeat(4_000_000)
  const event = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`

  test('of a JSON body is refused before it is parsed', () => {
    for (const body of [bomb, event]) expect(() => parse('native-json', body)).toThrow('deeper than the allowed 64')
    expect(() => parse('cloudevent', bomb)).toThrow('deeper than the allowed 64')
  })

  test('of one line rejects that line', () => {
    const read = parse('native-ndjson', `{"a":1}\n${event}\n${bomb}\n{"b":2}`)
    expect(read).toMatchObject([{ a: 1 }, { code: 'bad.request' }, { code: 'bad.request' }, { b: 2 }])
  })

  test('is not what stands in strings, and a long flat body is not deep', () => {
    const flat = JSON.stringify(Array.from({ length: 5_000 }, (_, n) => ({ n, text: '[[{{\\"['.repeat(3) })))
    expect(parse('native-json', flat)).toHaveLength(5_000)
  })
})

describe('CloudEvents', () => {
  const envelope = { specversion: '1.0', type: 'request', source: 'service-0', id: '00001' }
  const data = { method: 'GET', path: '/hello', status: 200 }

  test('carry the event in data; time and subject fill in what it lacks', () => {
    const event = { ...envelope, time: '2023-01-01T00:00:00.001Z', subject: 'customer-1', data }
    const id = '["service-0","00001"]'
    const filled = { ...data, id, time: '2023-01-01T00:00:00.001Z', clientId: 'customer-1' }
    expect(parse('cloudevent', JSON.stringify(event))).toEqual([filled])
    expect(parse('cloudevents-batch', JSON.stringify([event, event]))).toEqual([filled, filled])
    const own = { ...data, id: 'mine', time: 5, clientId: 'c' }
    expect(parse('cloudevent', JSON.stringify({ ...event, data: own }))).toEqual([own])
  })

  test('that differ in source or id never have the same id, however long they are', () => {
    const idOf = (source: string, id: string) =>
      (parse('cloudevent', JSON.stringify({ ...envelope, source, id, data }))[0] as { id: string }).id
    expect(idOf('a","b', 'c')).not.toBe(idOf('a', 'b","c'))
    const [long, longer] = ['x'.repeat(200), 'x'.repeat(201)]
    expect(idOf(long, '1')).toBe(`sha256:${createHash('sha256').update(`["${long}","1"]`).digest('hex')}`)
    expect(idOf(long, '1')).not.toBe(idOf(longer, '1'))
    const text = fc.string({ minLength: 1, unit: fc.constantFrom('a', '"', ',', '\\', '😀', '[') })
    fc.assert(
      fc.property(text, text, text, text, (s1, i1, s2, i2) => {
        expect(idOf(s1, i1) === idOf(s2, i2)).toBe(s1 === s2 && i1 === i2)
        expect([...idOf(s1, i1)].length).toBeLessThanOrEqual(128)
      }),
    )
  })

  test('may carry data in base64', () => {
    const base64 = Buffer.from(JSON.stringify(data)).toString('base64')
    const event = { ...envelope, data_base64: base64 }
    expect(parse('cloudevent', JSON.stringify(event))).toMatchObject([data])
    for (const wrong of ['!!!', 5, Buffer.from('{"a":').toString('base64'), 'NQ==']) {
      expect(parse('cloudevent', JSON.stringify({ ...envelope, data_base64: wrong }))).toMatchObject([
        { code: 'invalid.value' },
      ])
    }
    expect(parse('cloudevent', JSON.stringify({ ...event, data }))).toMatchObject([{ code: 'invalid.value' }])
  })

  test.each([
    ['specversion', '0.3'],
    ['specversion', undefined],
    ['id', undefined],
    ['id', ''],
    ['source', undefined],
    ['source', 5],
    ['type', undefined],
    ['data', undefined],
    ['data', 'text'],
    ['data', [data]],
  ])('with the %s %j are rejected', (attribute, value) => {
    const read = parse(
      'cloudevents-batch',
      JSON.stringify([
        { ...envelope, data, [attribute]: value },
        { ...envelope, data },
      ]),
    )
    expect(read).toMatchObject([{ code: 'invalid.value', message: expect.stringContaining(`[${attribute}]`) }, data])
  })

  test('that are no objects are rejected; a batch that is no array is refused', () => {
    expect(parse('cloudevent', '[]')).toMatchObject([{ code: 'bad.request' }])
    expect(parse('cloudevents-batch', '[5]')).toMatchObject([{ code: 'bad.request' }])
    expect(() => parse('cloudevents-batch', JSON.stringify(envelope))).toThrow('must be a JSON array')
    expect(parse('cloudevent', '')).toEqual([])
    expect(parse('cloudevents-batch', '')).toEqual([])
  })
})

test('no source throws anything but a refusal, whatever bytes come', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(bytes),
    fc.string({ unit: 'binary' }).map((text) => bytes(text.toWellFormed())),
  )
  fc.assert(
    fc.property(fc.constantFrom(...SOURCES), anything, (source, body) => {
      try {
        for (const value of source.parse(body, PLAIN_READING))
          if (value instanceof EventReject) expect(value.message).not.toBe('')
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
  )
})
