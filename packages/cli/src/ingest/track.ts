import type { Body, BodyBuilder } from './body-builder.ts'
import type { Delivery, Outcome } from './delivery.ts'
import type { LineFingerprint } from './fingerprint.ts'
import { LineSplitter } from './line-splitter.ts'
import type { RejectedFile } from './rejected-file.ts'
import type { Progress } from './state-folder.ts'

/** What a track works with. */
export interface TrackParts {
  readonly builder: BodyBuilder
  readonly delivery: Delivery
  readonly rejected: Pick<RejectedFile, 'add'>
  /** Is told when events are durable and counted. */
  readonly onOutcome: (body: Body, outcome: Outcome) => void
  /** Keeps how far it is; not for an input that cannot be read again. */
  readonly save: (progress: Progress) => void
}

const MS_BETWEEN_SAVES = 200

interface Sent {
  readonly body: Body
  /** Its only line has no end. */
  readonly isUnfinished: boolean
  outcome?: Outcome
}

/** The way of one input's bytes: into lines, bodies and the server, and back to what is known to be done, in order. */
export class Track {
  readonly #parts: TrackParts
  readonly #splitter: LineSplitter
  readonly #sent: Sent[] = []
  #progress: Progress
  #savedAt = 0
  /** Where the next byte stands. */
  #position: number

  constructor(progress: Progress, parts: TrackParts) {
    this.#parts = parts
    this.#progress = progress
    this.#position = progress.position
    this.#splitter = new LineSplitter(progress.position)
  }

  get position(): number {
    return this.#position
  }

  /** The last line that was read; undefined before the first. */
  get lastLine(): LineFingerprint | undefined {
    return this.#parts.builder.lastLine
  }

  get progress(): Progress {
    return this.#progress
  }

  /** Resolves when there is room for more. @throws what sending fails with. */
  async push(chunk: Buffer): Promise<void> {
    this.#splitter.push(chunk, this.#parts.builder)
    this.#position += chunk.length
    if (this.#parts.builder.isFull) await this.flush()
  }

  /** Sends what has come, and does not wait for more. */
  async flush(): Promise<void> {
    const body = this.#parts.builder.take()
    if (body !== undefined) await this.#send(body, false)
  }

  /** The input has ended: a line without an end counts too, unless it did before. */
  async end(): Promise<void> {
    await this.flush()
    const { position, unfinished } = this.#progress
    const isCounted = this.#sent.length === 0 && this.#position - position === unfinished
    if (isCounted) return
    this.#splitter.finish(this.#parts.builder)
    const body = this.#parts.builder.take()
    if (body !== undefined) await this.#send(body, true)
  }

  /** Saves something more about the input, when all that was read is done. */
  saveWhole(wholeFile: string): void {
    this.#progress = { ...this.#progress, wholeFile }
    this.#parts.save(this.#progress)
  }

  async #send(body: Body, isUnfinished: boolean): Promise<void> {
    const sent: Sent = { body, isUnfinished }
    this.#sent.push(sent)
    await this.#parts.delivery.add(body, (outcome) => {
      sent.outcome = outcome
      this.#advance()
    })
  }

  #advance(): void {
    for (let first = this.#sent[0]; first?.outcome !== undefined; first = this.#sent[0]) {
      this.#sent.shift()
      const rejectedBytes = this.#parts.rejected.add(first.outcome.rejected)
      this.#parts.onOutcome(first.body, first.outcome)
      this.#progress = progressAfter(this.#progress, first.body, first.isUnfinished, rejectedBytes)
    }
    if (this.#sent.length > 0 && performance.now() - this.#savedAt < MS_BETWEEN_SAVES) return
    this.#parts.save(this.#progress)
    this.#savedAt = performance.now()
  }
}

/** A line without an end may yet get one, and is then read again as a whole: its id is the same. */
function progressAfter(before: Progress, body: Body, isUnfinished: boolean, rejectedBytes: number): Progress {
  const { position, lines, lastLine } = body
  if (isUnfinished) return { ...before, rejectedBytes, unfinished: position - before.position }
  return { position, lines, lastLine, unfinished: 0, rejectedBytes }
}
