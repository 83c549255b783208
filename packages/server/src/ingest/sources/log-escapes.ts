const utf8 = new TextDecoder()

/** What Apache and nginx write for characters, beside `\xHH` for bytes. */
const CHARACTERS: Readonly<Record<string, number>> = { b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, '"': 34, '\\': 92 }

/**
 * Undoes the escapes with which nginx and Apache write what is no plain text: `\xC3\xA9` is `é`, `\"` is `"`
 * (sources.md, "Seen in real logs"). What is no escape stays as it is.
 */
export function unescaped(text: string): string {
  return text.includes('\\') ? decoded(text, /\\x([0-9A-Fa-f]{2})|\\([btnvfra"\\])/g) : text
}

/** @param pattern matches a byte in two hexadecimal digits, or a character. */
function decoded(text: string, pattern: RegExp): string {
  const pieces: Buffer[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const [whole, hex, character = ''] = match
    if (match.index > end) pieces.push(Buffer.from(text.slice(end, match.index)))
    pieces.push(Buffer.of(hex === undefined ? (CHARACTERS[character] ?? 0) : Number.parseInt(hex, 16)))
    end = match.index + whole.length
  }
  pieces.push(Buffer.from(text.slice(end)))
  return utf8.decode(Buffer.concat(pieces))
}
