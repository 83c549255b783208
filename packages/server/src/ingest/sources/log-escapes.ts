/** What Apache and nginx write for characters, beside `\xHH` for bytes. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\b': '\b',
  '\\t': '\t',
  '\\n': '\n',
  '\\v': '\v',
  '\\f': '\f',
  '\\r': '\r',
  '\\a': '\x07',
  '\\"': '"',
  '\\\\': '\\',
}

/**
 * Undoes the escapes with which nginx and Apache write what is no plain text: `\xC3\xA9` is `é`, `\"` is `"`
 * (sources.md, "Seen in real logs"). What is no escape stays as it is.
 */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /(?:\\x[0-9A-Fa-f]{2})+|\\[btnvfra"\\]/g,
    (written) => CHARACTERS[written] ?? bytesOf(written, '\\x'),
  )
}

/** As `unescaped`, of HAProxy's `#C3#A9`. */
export function unescapedHashes(text: string): string {
  return text.includes('#') ? text.replace(/(?:#[0-9A-F]{2})+/g, (written) => bytesOf(written, '#')) : text
}

/** Bytes that follow each other are UTF-8 together. */
function bytesOf(written: string, prefix: string): string {
  return Buffer.from(written.replaceAll(prefix, ''), 'hex').toString()
}
