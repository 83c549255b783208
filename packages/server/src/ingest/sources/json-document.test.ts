import { describe, expect, test } from 'vitest'
import { Refusal } from '../../domain/refusal.ts'
import { jsonDocument } from './json-document.ts'

const JSON_TYPE = 'application/json'
const read = (body: string, mediaType: string, takes: 'text' | 'json' | 'both' = 'json') =>
  jsonDocument(Buffer.from(body), mediaType, takes)?.value

describe('a body of JSON', () => {
  test.each([JSON_TYPE, 'application/vnd.kong+json', 'text/plain', 'application/x-www-form-urlencoded', ''])(
    'is one value under the Content-Type [%s], printed on one line or on many',
    (mediaType) => {
      for (const indent of [undefined, 2]) {
        expect(read(JSON.stringify([{ a: 1 }], undefined, indent), mediaType)).toEqual([{ a: 1 }])
      }
      expect(read('{"a":"\\xC3\\xA9"}', mediaType)).toMatchObject({ a: 'é' })
    },
  )

  test.each([
    ['lines', '{"a":1}\n{"b":2}\n'],
    ['joined objects', '{"a":1}{"b":2}'],
    ['lines of which the first was cut', '{"a":\n{"b":2}\n'],
    ['lines of which one is garbage', '{"a":1}\nnonsense\n'],
    ['nothing', ' \n'],
  ])('may be %s all the same', (_, body) => {
    expect(read(body, JSON_TYPE)).toBeUndefined()
  })

  test.each(['nonsense', '[{"a":1},', '{"a":1', '{"a":{\n"b":1}\n'])('that says so and is %j is refused', (body) => {
    expect(() => read(body, JSON_TYPE)).toThrow(Refusal)
    expect(read(body, '')).toBeUndefined()
  })
})

test('lines are lines: of NDJSON, and of formats that have text', () => {
  expect(read('{"a":1}', 'application/x-ndjson')).toBeUndefined()
  expect(read('{"a":1}', JSON_TYPE, 'text')).toBeUndefined()
  expect(read('[2016-04-15T20:17:00.310Z] "GET', JSON_TYPE, 'both')).toBeUndefined()
  expect(read('{"a":1}', JSON_TYPE, 'both')).toEqual({ a: 1 })
})
