import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { redactLine } from '@routemeter/server/sources'
import { CommandProblem, EXIT } from '../exit-code.ts'
import type { RejectedLine } from './body-builder.ts'

const NEWLINE = 10
const PRIVATE = 0o600

/**
 * FILE.rejected: NDJSON {line, reason, text} of the lines that do not count, without their secrets, for their owner's
 * eyes only (decisions.md 25). It is made with the first one.
 */
export class RejectedFile {
  readonly path: string
  #file: number | undefined
  /** What stands behind the bytes that the state knows of, by line and text, and how often. */
  #written: Map<string, number> | undefined
  readonly #knownBytes: number

  /**
   * @param knownBytes how long it was when the state was saved. What stands behind comes from lines that are read again:
   * they are not written again.
   */
  constructor(path: string, knownBytes: number) {
    this.path = path
    this.#knownBytes = knownBytes
  }

  /** @throws CommandProblem when it cannot be written. @returns how long it is. */
  add(lines: readonly RejectedLine[]): number {
    if (lines.length === 0 && this.#file === undefined) return this.#knownBytes
    try {
      this.#file ??= this.#open()
      const texts = lines.map(asNdjson).filter((text) => !this.#wasWritten(text))
      if (texts.length > 0) writeSync(this.#file, texts.join(''))
      return fstatSync(this.#file).size
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new CommandProblem(
        EXIT.failed,
        `rejected lines cannot be kept: ${reason}\n(--rejected names a folder for them)`,
      )
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): number {
    const file = openSync(this.path, 'a+', PRIVATE)
    const { size } = fstatSync(file)
    const behind = Buffer.alloc(Math.max(0, size - this.#knownBytes))
    readSync(file, behind, 0, behind.length, size - behind.length)
    const end = behind.lastIndexOf(NEWLINE) + 1
    // Who was killed while writing has left a piece of a line.
    if (end < behind.length) ftruncateSync(file, size - behind.length + end)
    this.#written = new Map()
    for (const line of behind.toString('utf8', 0, end).split(/(?<=\n)/)) {
      this.#written.set(keyOf(line), (this.#written.get(keyOf(line)) ?? 0) + 1)
    }
    return file
  }

  #wasWritten(ndjson: string): boolean {
    const key = keyOf(ndjson)
    const times = this.#written?.get(key) ?? 0
    if (times > 0) this.#written?.set(key, times - 1)
    return times > 0
  }
}

function asNdjson({ line, reason, text }: RejectedLine): string {
  return `${JSON.stringify({ line, reason, text: redactLine(text) })}\n`
}

/** A reason may name the time of day. */
function keyOf(ndjson: string): string {
  return ndjson.replace(/"reason":"(?:[^"\\]|\\.)*",/, '')
}
