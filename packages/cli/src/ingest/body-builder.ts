import { type LineFingerprint, lineFingerprint } from './fingerprint.ts'
import type { LineEvents } from './line-events.ts'
import type { LineHandler } from './line-splitter.ts'

/** So many events, or characters, make a body: large enough that its commit is cheap, small enough that several fit. */
const FULL_EVENTS = 5_000
const FULL_CHARACTERS = 1_000_000
/** Blank lines and rejects are passed on too, so that what was read before them is known to be done. */
const FULL_LINES = 50_000

/** A line that does not count. */
export interface RejectedLine {
  /** From 1. */
  readonly line: number
  readonly code: string
  readonly reason: string
  /** As it stands in the input. */
  readonly text: string
}

/** A piece of an input. */
export interface Body {
  /** Events, one a line. */
  readonly ndjson: string
  /** For each event the number of its line, and that. */
  readonly lineNumbers: readonly number[]
  readonly texts: readonly string[]
  readonly rejected: readonly RejectedLine[]
  /** Events and lines that were none; `excluded` are among them. */
  readonly read: number
  readonly excluded: number
  /** Behind the last line, and how many there were up to there since the input began. */
  readonly position: number
  readonly lines: number
  readonly lastLine: LineFingerprint
}

/** Makes bodies of the lines of one input. */
export class BodyBuilder implements LineHandler {
  readonly #events: LineEvents
  #lines: number
  #position: number
  #begun: Begun
  #last: { readonly text: string; readonly position: number } | undefined

  /** @param begin how many lines, and bytes, come before the first one. */
  constructor(events: LineEvents, begin: { readonly lines: number; readonly position: number }) {
    this.#events = events
    this.#lines = begin.lines
    this.#position = begin.position
    this.#begun = new Begun(begin.lines)
  }

  get isFull(): boolean {
    const { ndjson, texts, firstLine } = this.#begun
    return texts.length >= FULL_EVENTS || ndjson.length >= FULL_CHARACTERS || this.#lines - firstLine >= FULL_LINES
  }

  /** The last line that came; undefined before the first. */
  get lastLine(): LineFingerprint | undefined {
    return this.#last === undefined ? undefined : lineFingerprint(this.#last.text, this.#last.position)
  }

  line(text: string, position: number, end: number): void {
    this.#next(text, position, end)
    const outcome = this.#events.read(text, position)
    if (outcome === undefined) return
    if (outcome === 'excluded') {
      this.#begun.read++
      this.#begun.excluded++
      return
    }
    for (const event of outcome) {
      this.#begun.read++
      if (typeof event === 'string') this.#begun.add(event, this.#lines, text)
      else this.#begun.rejected.push({ line: this.#lines, code: event.code, reason: event.message, text })
    }
  }

  longLine(start: string, position: number, end: number): void {
    this.#next(start, position, end)
    this.#begun.read++
    const reason = `The line has ${end - position} bytes; the longest that is read has 1 MiB.`
    this.#begun.rejected.push({ line: this.#lines, code: 'bad.request', reason, text: start })
  }

  /** What came since the last body; undefined when that is nothing. */
  take(): Body | undefined {
    const begun = this.#begun
    const { lastLine } = this
    if (this.#lines === begun.firstLine || lastLine === undefined) return undefined
    this.#begun = new Begun(this.#lines)
    const { ndjson, lineNumbers, texts, rejected, read, excluded } = begun
    const end = { position: this.#position, lines: this.#lines, lastLine }
    return { ndjson, lineNumbers, texts, rejected, read, excluded, ...end }
  }

  #next(text: string, position: number, end: number): void {
    this.#lines++
    this.#position = end
    this.#last = { text, position }
  }
}

class Begun {
  ndjson = ''
  readonly lineNumbers: number[] = []
  readonly texts: string[] = []
  readonly rejected: RejectedLine[] = []
  read = 0
  excluded = 0
  readonly firstLine: number

  constructor(firstLine: number) {
    this.firstLine = firstLine
  }

  add(event: string, lineNumber: number, text: string): void {
    this.ndjson += event
    this.lineNumbers.push(lineNumber)
    this.texts.push(text)
  }
}
