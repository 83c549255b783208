/** Hexadecimal digits of an id that say in which pass it is sent. */
const PASS_DIGITS = 8
/** Where the id begins in its line: after `{"id":"`. */
const ID_AT = 7
const LINE_FEED = 10

/** Bodies that are sent again and again, each time with ids that were never there: the first digits are overwritten. */
export class RenewedBodies {
  readonly #bodies: readonly Buffer[]
  readonly #ids: readonly Uint32Array[]
  #next = 0

  constructor(bodies: readonly Buffer[]) {
    this.#bodies = bodies
    this.#ids = bodies.map(idPositions)
  }

  /** The next body; it is the caller's until all the others have had their turn. */
  next(): Buffer {
    const index = this.#next % this.#bodies.length
    const body = this.#bodies[index] ?? Buffer.alloc(0)
    const pass = Buffer.from(
      Math.floor(this.#next / this.#bodies.length)
        .toString(16)
        .padStart(PASS_DIGITS, '0'),
    )
    for (const position of this.#ids[index] ?? []) pass.copy(body, position)
    this.#next++
    return body
  }
}

function idPositions(body: Buffer): Uint32Array {
  const positions: number[] = []
  for (let line = 0; line < body.length; line = body.indexOf(LINE_FEED, line) + 1) positions.push(line + ID_AT)
  return Uint32Array.from(positions)
}
