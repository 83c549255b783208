import { isAscii } from 'node:buffer'

/** What is done with the lines of an input, in their order. Positions are bytes from the input's first one. */
export interface LineHandler {
  /** A line without its end; `end` is the position behind that. What is not UTF-8 is U+FFFD. */
  line(text: string, position: number, end: number): void
  /** A line of more than LONGEST_LINE bytes: its first ones are told only. */
  longLine(start: string, position: number, end: number): void
}

/** No gateway writes longer ones; a file without line ends must not fill the memory. */
export const LONGEST_LINE = 1024 * 1024
/** So much of a longer line is kept, to show which it was. */
const SHOWN_OF_LONG = 1024
const [NEWLINE, RETURN] = [10, 13]

/** Cuts a stream of bytes into lines, the same ones however it comes in pieces. */
export class LineSplitter {
  /** Where the line begins whose end has not come yet. */
  #position: number
  /** What there is of it; of one that is too long only the beginning. */
  #begun: Buffer[] = []
  #begunBytes = 0

  /** @param position where in the input the first byte to come stands. */
  constructor(position = 0) {
    this.#position = position
  }

  /** Bytes of a line whose end has not come yet. */
  get unfinished(): number {
    return this.#begunBytes
  }

  /** @param chunk is not kept: it may be written over afterwards. */
  push(chunk: Buffer, handler: LineHandler): void {
    let at = 0
    if (this.#begunBytes > 0) {
      const newline = chunk.indexOf(NEWLINE)
      this.#keep(newline < 0 ? chunk : chunk.subarray(0, newline))
      if (newline < 0) return
      this.#endLine(handler, 1)
      at = newline + 1
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > at) this.#wholeLines(chunk.subarray(at, end), handler)
    if (Math.max(at, end) < chunk.length) this.#keep(chunk.subarray(Math.max(at, end)))
  }

  /** The input has ended: what stands behind the last line end is a line too. */
  finish(handler: LineHandler): void {
    if (this.#begunBytes > 0) this.#endLine(handler, 0)
  }

  #wholeLines(bytes: Buffer, handler: LineHandler): void {
    // One text that is cut into lines costs far less than a text for each.
    const text = isAscii(bytes) ? bytes.toString('latin1') : undefined
    for (let start = 0; start < bytes.length; ) {
      const newline = text === undefined ? bytes.indexOf(NEWLINE, start) : text.indexOf('\n', start)
      const end = bytes[newline - 1] === RETURN && newline > start ? newline - 1 : newline
      const [position, behind] = [this.#position + start, this.#position + newline + 1]
      if (newline - start > LONGEST_LINE) {
        handler.longLine(bytes.toString('utf8', start, start + SHOWN_OF_LONG), position, behind)
      } else {
        handler.line(text?.slice(start, end) ?? bytes.toString('utf8', start, end), position, behind)
      }
      start = newline + 1
    }
    this.#position += bytes.length
  }

  #keep(bytes: Buffer): void {
    const room = LONGEST_LINE + 1 - this.#begunBytes
    if (room > 0) this.#begun.push(Buffer.from(bytes.subarray(0, room)))
    this.#begunBytes += bytes.length
  }

  #endLine(handler: LineHandler, newlineBytes: number): void {
    const bytes = Buffer.concat(this.#begun)
    const [position, end] = [this.#position, this.#position + this.#begunBytes + newlineBytes]
    const length = bytes.at(-1) === RETURN && newlineBytes > 0 ? bytes.length - 1 : bytes.length
    if (this.#begunBytes > LONGEST_LINE) handler.longLine(bytes.toString('utf8', 0, SHOWN_OF_LONG), position, end)
    else handler.line(bytes.toString('utf8', 0, length), position, end)
    this.#begun = []
    this.#begunBytes = 0
    this.#position = end
  }
}
