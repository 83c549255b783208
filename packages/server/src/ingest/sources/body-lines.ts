const NEWLINE = 10
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** The lines of a body, without their newlines, as text; what is not UTF-8 becomes U+FFFD. */
export function* bodyLines(body: Uint8Array): Iterable<string> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let start = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? BYTE_ORDER_MARK.length : 0
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline < 0 ? bytes.length : newline
    yield bytes.toString('utf8', start, end)
    start = end + 1
  }
}
