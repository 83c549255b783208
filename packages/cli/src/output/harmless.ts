import { stripVTControlCharacters } from 'node:util'

/**
 * Text as it may be shown on a terminal: names come from whoever sent events, and must not move the cursor, colour the
 * screen or turn the direction of writing. Line ends stay.
 */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
