import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineSplitter, LONGEST_LINE } from './line-splitter.ts'

type Seen = readonly [kind: 'line' | 'long', text: string, position: number, end: number]

/** The lines of an input that comes in these pieces; each piece is overwritten once it was pushed. */
function linesOf(pieces: readonly Buffer[], position = 0): Seen[] {
  const seen: Seen[] = []
  const handler = {
    line: (text: string, at: number, end: number) => void seen.push(['line', text, at, end]),
    longLine: (text: string, at: number, end: number) => void seen.push(['long', text, at, end]),
  }
  const splitter = new LineSplitter(position)
  for (const piece of pieces) {
    const chunk = Buffer.from(piece)
    splitter.push(chunk, handler)
    chunk.fill(0x78)
  }
  splitter.finish(handler)
  return seen
}

/** The same by the definition: lines end with a newline, a carriage return before it is no part of the line. */
function expected(input: Buffer): Seen[] {
  const seen: Seen[] = []
  let position = 0
  for (const bytes of input.toString('latin1').split('\n')) {
    const [start, length] = [position, bytes.length]
    const isLast = start + length === input.length
    position += length + 1
    if (isLast && length === 0) break
    const text = Buffer.from(isLast ? bytes : bytes.replace(/\r$/, ''), 'latin1').toString('utf8')
    seen.push(['line', text, start, isLast ? start + length : position])
  }
  return seen
}

function cut(input: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...at.map((point) => point % (input.length + 1)).sort((a, b) => a - b), input.length]
  return points.slice(1).map((point, index) => input.subarray(points[index], point))
}

const PIECES = ['\n', '\r\n', '\r', '', 'GET /a', 'é', '🙂', '\0', 'x'.repeat(50)].map((text) => Buffer.from(text))
const BROKEN = [0xff, 0xc3, 0xe2, 0x82].map((byte) => Buffer.from([byte]))
const INPUT = fc.array(fc.constantFrom(...PIECES, ...BROKEN), { maxLength: 60 }).map((parts) => Buffer.concat(parts))

describe('a stream of bytes', () => {
  test('has the same lines at the same positions however it is cut, invalid UTF-8 and line ends of both kinds included', () => {
    fc.assert(
      fc.property(INPUT, fc.array(fc.nat(), { maxLength: 12 }), (input, points) => {
        expect(linesOf(cut(input, points))).toEqual(expected(input))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['in one piece', [] as number[]],
    ['in two', [LONGEST_LINE]],
    ['in pieces, also between the line and its end', [10, 700_000, LONGEST_LINE + 3, LONGEST_LINE + 4]],
  ])('tells of a line that is too long only its beginning, and goes on behind it, %s', (_, points) => {
    const long = 'y'.repeat(LONGEST_LINE + 1)
    const input = Buffer.from(`a\n${long}\nb\n${long.slice(1)}\n`)
    const behind = 2 + long.length + 1
    expect(linesOf(cut(input, points))).toEqual([
      ['line', 'a', 0, 2],
      ['long', 'y'.repeat(1024), 2, behind],
      ['line', 'b', behind, behind + 2],
      ['line', long.slice(1), behind + 2, behind + 2 + LONGEST_LINE + 1],
    ])
  })

  test('goes on where it was left', () => {
    expect(linesOf([Buffer.from('c\nd')], 100)).toEqual([
      ['line', 'c', 100, 102],
      ['line', 'd', 102, 103],
    ])
  })
})
