import { createHash } from 'node:crypto'

/** So many first bytes of its content tell a file from others. */
export const HEAD_BYTES = 4096
/** So much of a line tells it from others. */
const LINE_CHARACTERS = 1024
const NEWLINE = 10
const DIGITS = 20

/** The first bytes of a file, as many as there were. */
export interface HeadFingerprint {
  readonly length: number
  readonly hash: string
}

/** The last line that was read. */
export interface LineFingerprint {
  /** Where it begins. */
  readonly position: number
  readonly hash: string
}

export function headFingerprint(head: Buffer): HeadFingerprint {
  return { length: head.length, hash: hashOf(head) }
}

/** Whether a file that begins like this began like that. */
export function beginsLike(head: Buffer, { length, hash }: HeadFingerprint): boolean {
  return head.length >= length && hashOf(head.subarray(0, length)) === hash
}

/** @param text the line, or its beginning. */
export function lineFingerprint(text: string, position: number): LineFingerprint {
  return { position, hash: hashOf(text.slice(0, LINE_CHARACTERS)) }
}

/** How many bytes of a line are needed to recognize it. */
export const LINE_BYTES = 4 * LINE_CHARACTERS

/** Whether the line whose bytes begin like this, and may end before, is that one. */
export function isLine(bytes: Buffer, { hash }: LineFingerprint): boolean {
  const text = bytes.toString('utf8').replace(/\r?\n$/, '')
  return hashOf(text.slice(0, LINE_CHARACTERS)) === hash
}

/**
 * Names a file once and for all: after where it lies and its first line, which stays as it is while the file grows, so
 * that the same name comes out again when all else is forgotten.
 * @param generation 0; 1 for what is written into the same file after it was emptied, if it begins with the same line; …
 */
export function identityOf(place: { device: string; inode: string }, head: Buffer, generation: number): string {
  const newline = head.indexOf(NEWLINE)
  const firstLine = newline < 0 ? head : head.subarray(0, newline + 1)
  const parts = [place.device, place.inode, hashOf(firstLine), String(generation)]
  return createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, DIGITS)
}

function hashOf(content: Buffer | string): string {
  return createHash('sha256')
    .update(content)
    .digest('hex')
    .slice(0, 2 * DIGITS)
}
