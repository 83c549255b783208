const FIRST_CAPACITY = 16 * 2 ** 10
const LINE_END = 10
/** Bytes of UTF-8 for a unit of a string, at most. */
const MOST_PER_UNIT = 3

/** Events as they are sent: NDJSON, each with its line end. */
export interface Lines {
  readonly body: Buffer
  readonly events: number
}

export const NO_LINES: Lines = { body: Buffer.alloc(0), events: 0 }

/** Lines that are being gathered, written as bytes at once, so that their texts are garbage while they are young. */
export class LineBuffer {
  events = 0
  bytes = 0
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY)

  /**
   * @param most bytes that it may take.
   * @returns its bytes; 0 when it takes more, and then it is not added.
   */
  add(line: string, most: number): number {
    const longest = line.length * MOST_PER_UNIT + 1
    if (this.bytes + longest > this.#buffer.length) this.#grow(longest)
    const end = this.bytes + this.#buffer.write(line, this.bytes)
    const added = end + 1 - this.bytes
    if (added > most) return 0
    this.#buffer[end] = LINE_END
    this.bytes = end + 1
    this.events++
    return added
  }

  /** What was gathered; it is empty then. */
  take(): Lines {
    const { bytes, events } = this
    if (events === 0) return NO_LINES
    const isMostlyEmpty = bytes * 2 < this.#buffer.length
    const body = isMostlyEmpty ? Buffer.from(this.#buffer.subarray(0, bytes)) : this.#buffer.subarray(0, bytes)
    if (!isMostlyEmpty) this.#buffer = Buffer.allocUnsafe(FIRST_CAPACITY)
    this.events = 0
    this.bytes = 0
    return { body, events }
  }

  #grow(longest: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.bytes + longest))
    this.#buffer.copy(grown, 0, 0, this.bytes)
    this.#buffer = grown
  }
}

/** The first of the lines, so many, and the others. */
export function splitLines({ body, events }: Lines, count: number): readonly [Lines, Lines] {
  if (count >= events) return [{ body, events }, NO_LINES]
  let end = 0
  for (let line = 0; line < count; line++) end = body.indexOf(LINE_END, end) + 1
  return [
    { body: body.subarray(0, end), events: count },
    { body: body.subarray(end), events: events - count },
  ]
}
