import { createHash } from 'node:crypto'
import type { Person } from '../domain/person.ts'

/**
 * The id of a person on the wire: a UUID (version 8 of RFC 9562) that follows from issuer and subject alone, so that it
 * stays the same whatever they are called and however often they sign in.
 */
export function personId({ issuer, subject }: Pick<Person, 'issuer' | 'subject'>): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
