import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BrokenContent, unwrapped, wrappingOf } from './content.ts'

const LINES = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${index * 7919}\n`).join('')
const [FIRST, SECOND] = [LINES.slice(0, 300_000), LINES.slice(300_000)]

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function textOf(bytes: Buffer, size: number): Promise<string> {
  let text = ''
  for await (const chunk of unwrapped(inPieces(bytes, size), wrappingOf(bytes))) text += chunk.toString('latin1')
  return text
}

describe('the content of a file', () => {
  test.each([
    ['plain', Buffer.from(LINES)],
    ['gzip', gzipSync(LINES)],
    ['zstd', zstdCompressSync(LINES)],
    ['gzip in two members', Buffer.concat([gzipSync(FIRST), gzipSync(SECOND)])],
    ['zstd in two frames', Buffer.concat([zstdCompressSync(FIRST), zstdCompressSync(SECOND)])],
  ])('is read whole, %s, in pieces of any size', async (_, bytes) => {
    for (const size of [bytes.length, 65_536, 1_000, 37]) expect(await textOf(bytes, size)).toBe(LINES)
  })

  test('is recognized by its first bytes', () => {
    expect([gzipSync('a'), zstdCompressSync('a'), Buffer.from('a'), Buffer.alloc(0)].map(wrappingOf)).toEqual([
      'gzip',
      'zstd',
      'plain',
      'plain',
    ])
  })

  // With a checksum, as the program zstd writes it.
  const params = { [constants.ZSTD_c_checksumFlag]: 1 }
  test.each([
    ['gzip', gzipSync(LINES)],
    ['zstd', zstdCompressSync(LINES, { params })],
  ])('that is cut off or damaged is told, after what could be read, %s', async (_, bytes) => {
    let text = ''
    const read = async () => {
      for await (const chunk of unwrapped(inPieces(bytes.subarray(0, bytes.length - 20), 1_000), wrappingOf(bytes))) {
        text += chunk.toString('latin1')
      }
    }
    await expect(read()).rejects.toThrow(BrokenContent)
    expect(text.length).toBeGreaterThan(0)
    expect(LINES.startsWith(text)).toBe(true)
    const damaged = Buffer.from(bytes)
    damaged.fill(0xee, 5_000, 5_100)
    await expect(textOf(damaged, 65_536)).rejects.toThrow(BrokenContent)
  })
})
