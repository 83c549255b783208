import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentEncoding, decodeBody } from './content-encoding.ts'

const MOST = 1 << 20
const text = (length: number) => Buffer.alloc(length, 'usage event ')

describe('Content-Encoding', () => {
  test('is none, gzip, zstd or identity, in any case', () => {
    expect([undefined, '', 'GZIP', ' zstd ', 'identity', 'x-gzip'].map(contentEncoding)).toEqual([
      'identity',
      'identity',
      'gzip',
      'zstd',
      'identity',
      'x-gzip',
    ])
  })

  test.each(['br', 'deflate', 'gzip, gzip', 'gzip, zstd', 'identity, gzip', 'constructor'])(
    '%s is refused',
    (header) => {
      expect(() => contentEncoding(header)).toThrow(
        expect.objectContaining({
          code: 'unsupported.media.type',
          message: expect.stringContaining('gzip, zstd, identity'),
        }),
      )
    },
  )
})

describe.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('a %s body', (encoding, compress) => {
  const decode = (body: Buffer, maxBytes = MOST) => decodeBody(body, encoding, maxBytes)
  const corrupt = { code: 'bad.request', message: expect.stringContaining(encoding) }

  test('is read whole, however many parts it was joined from, of whatever size', async () => {
    const part = fc.uint8Array({ maxLength: 40_000 }).map((bytes) => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        const decoded = await decode(Buffer.concat(parts.map((bytes) => compress(bytes))))
        expect(decoded.equals(Buffer.concat(parts))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('is read wherever in the memory that Node shares out its output begins', async () => {
    const part = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 251))
    for (let time = 0; time < 20; time++) expect((await decode(compress(part))).equals(part)).toBe(true)
  })

  test('is as long as allowed when decompressed, in all its parts together, and no byte longer', async () => {
    const joined = Buffer.concat([compress(text(600)), compress(text(400))])
    const tooLarge = { code: 'request.entity.too.large', message: expect.stringContaining('999 bytes') }
    for (const body of [compress(text(1_000)), joined]) {
      expect(await decode(body, 1_000)).toHaveLength(1_000)
      await expect(decode(body, 999)).rejects.toMatchObject(tooLarge)
    }
    await expect(decode(compress(Buffer.alloc(64 << 20)), 999)).rejects.toMatchObject(tooLarge)
  })

  test('that is cut off, damaged or something else is refused', async () => {
    const body = compress(text(1_000))
    const damaged = Buffer.from(body)
    damaged.fill(0xff, 8, 16)
    const others = [
      body.subarray(0, -3),
      Buffer.concat([body, body.subarray(0, 6)]),
      damaged,
      text(100),
      deflateSync('x'),
    ]
    for (const wrong of [...others, Buffer.concat([body, Buffer.from('garbage')])]) {
      await expect(decode(wrong)).rejects.toMatchObject(corrupt)
    }
  })

  test('that is empty is empty', async () => {
    expect(await decode(Buffer.alloc(0))).toHaveLength(0)
    expect(await decode(compress(Buffer.alloc(0)))).toHaveLength(0)
  })
})

describe('a zstd body', () => {
  /** A frame of one raw byte, "a", that asks for a window of 2^log bytes (RFC 8878 §3.1.1). */
  const withWindow = (log: number) =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3, 0x09, 0x00, 0x00, 0x61])

  test('may have a window of 16 MiB, and no bigger one', async () => {
    expect((await decodeBody(withWindow(24), 'zstd', MOST)).toString()).toBe('a')
    await expect(decodeBody(withWindow(25), 'zstd', MOST)).rejects.toMatchObject({ code: 'bad.request' })
  })

  test('may have frames to skip, and not endlessly many', async () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    const body = Buffer.concat([skipped, zstdCompressSync('a'), skipped, zstdCompressSync('b')])
    expect((await decodeBody(body, 'zstd', MOST)).toString()).toBe('ab')
    const endless = Buffer.concat(Array(1_001).fill(zstdCompressSync('')))
    await expect(decodeBody(endless, 'zstd', MOST)).rejects.toMatchObject({ message: expect.stringContaining('1000') })
  })
})
