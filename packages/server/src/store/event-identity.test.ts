import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdentityHash } from './event-identity.ts'

const KEY = 'a0'.repeat(32)

/** The definition, word by word: what identities on disk were made with. */
function definition(organization: number, time: number, id: string): number[] {
  const exact = id.isWellFormed() ? id : `\0${JSON.stringify(id)}`
  const digest = createHash('sha256').update(`${KEY}${organization}\0${time}\0${exact}`).digest()
  return [0, 4, 8, 12].map((byte) => digest.readUInt32LE(byte))
}

test('an identity is what its definition says, whatever came before it, from a string and from bytes', () => {
  const hasher = new IdentityHash(KEY)
  const anId = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 128 }),
    fc.constantFrom('', '\uD800', 'a\uDC00b', '\0"\\ud800"'),
  )
  fc.assert(
    fc.property(
      fc.nat(2 ** 31 - 1),
      fc.integer({ min: 0, max: 253_402_300_799_999 }),
      anId,
      (organization, time, id) => {
        const words = new Uint32Array(8)
        hasher.write(words, 4, organization, time, id)
        expect([...words]).toEqual([0, 0, 0, 0, ...definition(organization, time, id)])
        const bytes = Buffer.from(`"${id}"`)
        if (bytes.length !== id.length + 2) return
        hasher.writeAscii(words, 0, organization, time, { bytes, start: 1, end: bytes.length - 1 })
        expect(words.subarray(0, 4)).toEqual(words.subarray(4))
      },
    ),
    { numRuns: 1000 },
  )
})
