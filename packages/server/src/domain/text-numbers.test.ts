import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextNumbers } from './text-numbers.ts'

const ascii = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) })

test('a number stands for the text that it was given for, asked for as a string or as bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ascii, fc.boolean()), { maxLength: 300 }), (asked) => {
      const numbers = new TextNumbers()
      for (const [text, asBytes] of asked) {
        const bytes = Buffer.from(`<${text}>`)
        const number = asBytes ? numbers.numberOfBytes(bytes, 1, bytes.length - 1) : numbers.numberOf(text)
        expect(numbers.texts[number]).toBe(text)
        expect(asBytes ? numbers.numberOfBytes(bytes, 1, bytes.length - 1) : numbers.numberOf(text)).toBe(number)
      }
    }),
  )
})

test('many texts keep their numbers while the table grows, until it is full', () => {
  const numbers = new TextNumbers()
  const bytesOf = (index: number) => Buffer.from(`text-${index}`)
  const given: number[] = []
  while (!numbers.isFull) given.push(numbers.numberOfBytes(bytesOf(given.length), 0, bytesOf(given.length).length))
  expect(new Set(given).size).toBe(given.length)
  for (let index = 0; index < given.length; index += 997) {
    expect(numbers.texts[given[index] ?? 0]).toBe(`text-${index}`)
    expect(numbers.numberOfBytes(bytesOf(index), 0, bytesOf(index).length)).toBe(given[index])
  }
})
