import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLenientJson } from './lenient-json.ts'

/** As JSON has it: what is read has no prototype, and is compared by what is in it. */
const plain = (value: unknown) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

test('what is JSON is read as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = `${JSON.stringify(value, undefined, indent)} `
      const { value: read, isWhole } = readLenientJson(text)
      expect(isWhole).toBe(true)
      expect(plain(read)).toEqual(JSON.parse(text))
    }),
    { numRuns: 1_000 },
  )
})

test('of what is cut the fields that are whole are read, and none of them differs', () => {
  const object = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(object, fc.double({ min: 0, max: 1, noNaN: true }), (fields, share) => {
      const text = JSON.stringify(fields)
      const { value } = readLenientJson(text.slice(0, Math.floor(share * text.length)))
      expect(fields).toMatchObject(plain(value) ?? {})
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['{"a":1}{"b":2}', { a: 1 }, 7, true],
  ['{"a":"\\xC3\\xA9\\v\\/\\u00e9\\q"}', { a: 'é\v/é\\q' }, 28, true],
  ['{"a":"tab\there","b":1', { a: 'tab\there' }, 21, false],
  ['{"a":1,}', { a: 1 }, 8, true],
  ['[1,[2,', [1, [2]], 6, false],
  ['nonsense', undefined, 0, false],
])('%s', (text, value, end, isWhole) => {
  const read = readLenientJson(text)
  expect({ ...read, value: plain(read.value) }).toEqual({ value, end, isWhole })
})

test('what is nested deeper than any log is given up', () => {
  expect(readLenientJson('['.repeat(100_000)).isWhole).toBe(false)
  expect(readLenientJson('{"a":'.repeat(100_000)).isWhole).toBe(false)
})
