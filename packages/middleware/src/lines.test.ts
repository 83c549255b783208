import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBuffer, splitLines } from './lines.ts'

test('lines are the bytes of their text, however long they are, and split where one ends', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 3000 }).filter((line) => !line.includes('\n'))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), fc.nat(31), fc.integer({ min: 1, max: 9000 }), (lines, at, most) => {
      const buffer = new LineBuffer()
      const kept = lines.filter((line) => buffer.add(line, most) > 0)
      expect(kept).toEqual(lines.filter((line) => Buffer.byteLength(line) + 1 <= most))
      const taken = buffer.take()
      expect([buffer.events, buffer.bytes]).toEqual([0, 0])
      const whole = Buffer.from(kept.map((line) => `${line}\n`).join(''))
      expect(taken).toEqual({ body: whole, events: kept.length })
      const [first, rest] = splitLines(taken, at)
      expect(first.events).toBe(Math.min(at, kept.length))
      expect(Buffer.concat([first.body, rest.body])).toEqual(whole)
      expect(first.body.toString().split('\n').length - 1).toBe(first.events)
      buffer.add('again', 100)
      expect([taken.body, buffer.take().body.toString()]).toEqual([whole, 'again\n'])
    }),
  )
})
