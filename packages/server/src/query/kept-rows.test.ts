import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRows, encodeRows, inChunksOf, type UsageRow } from './kept-rows.ts'

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.bigInt(),
  fc.constant(null),
)
const rows = fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 40 })

test('rows come back as they were kept: text of any script, numbers, whole numbers past 2^53, nothing', () => {
  fc.assert(
    fc.property(rows, (given) => {
      expect(decodeRows(encodeRows(given))).toEqual(given)
    }),
  )
})

test('digits that are text stay text beside a number past 2^53', () => {
  const given = [
    ['9007199254740993', 9007199254740993n],
    ['1', 2],
  ]
  expect(decodeRows(encodeRows(given))).toEqual(given)
})

test('chunks of any size become chunks of one size, rows and order unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { maxLength: 8 }), fc.integer({ min: 1, max: 25 }), async (chunks, size) => {
      const regrouped = await Array.fromAsync(inChunksOf(size, stream(chunks)))
      expect(regrouped.flat()).toEqual(chunks.flat())
      expect(regrouped.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true)
      expect(regrouped.every((chunk) => chunk.length > 0 && chunk.length <= size)).toBe(true)
    }),
  )
})

async function* stream(chunks: readonly (readonly UsageRow[])[]) {
  yield* chunks
}
