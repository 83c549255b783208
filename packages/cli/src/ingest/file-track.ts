import type { LineFormat } from '@routemeter/server/sources'
import { BrokenContent } from './content.ts'
import { isLine, LINE_BYTES } from './fingerprint.ts'
import {
  BYTES_TO_RECOGNIZE,
  builderFor,
  countOutcome,
  formatOf,
  type IngestContext,
  rejectedPath,
} from './ingest-context.ts'
import { type OpenedFile, wholeFileOf } from './opened-file.ts'
import type { KnownFile } from './state-folder.ts'
import { Track } from './track.ts'

/** A known file that is being read. */
export class FileTrack implements AsyncDisposable {
  readonly known: KnownFile
  readonly file: OpenedFile
  readonly format: LineFormat
  readonly #context: IngestContext
  readonly #track: Track
  readonly #lastLine: Track['lastLine']

  private constructor(context: IngestContext, known: KnownFile, file: OpenedFile, format: LineFormat, name: string) {
    const progress = context.state.progressOf(known.id)
    this.known = known
    this.file = file
    this.format = format
    this.#context = context
    const builder = builderFor(context, format, known.id, progress)
    this.#track = new Track(progress, {
      builder,
      delivery: context.delivery,
      rejected: context.makeRejectedFile(rejectedPath(context, name), progress.rejectedBytes),
      onOutcome: countOutcome(context),
      save: (saved) => context.state.saveProgress(known.id, saved),
    })
    this.#lastLine = progress.lastLine
  }

  /**
   * @param name the path that was asked for: the rotated content of a log is still that log's.
   * @param format of what had the name before, if that is known.
   */
  static async open(
    context: IngestContext,
    known: KnownFile,
    file: OpenedFile,
    name: string,
    format?: LineFormat,
  ): Promise<FileTrack> {
    const chosen = format ?? formatOf(context, name, await file.bytes(0, BYTES_TO_RECOGNIZE))
    return new FileTrack(context, known, file, chosen, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file[Symbol.asyncDispose]()
  }

  /** Whether a compressed file has been read to its end, and is as it was then. */
  async isWhole(): Promise<boolean> {
    return this.#track.progress.wholeFile === (await wholeFileOf(this.file))
  }

  /** Reads to the present end, and sends it. @returns whether there was anything. */
  async readOn(): Promise<boolean> {
    const before = this.#track.position
    for await (const chunk of this.file.chunks(before)) {
      this.#context.countBytes(chunk.length)
      await this.#track.push(chunk)
      if (this.#context.stop.aborted) break
    }
    await this.#track.flush()
    return this.#track.position > before
  }

  /** Reads what is left, to the last line without an end; a damaged file is told of. */
  async readToEnd(): Promise<void> {
    const before = this.#track.position
    if (await this.isWhole()) return this.#tellKnown()
    try {
      if (!(await this.readOn()) && before > 0) this.#tellKnown()
    } catch (error) {
      if (!(error instanceof BrokenContent)) throw error
      this.#context.fail(`${this.file.path}: ${error.message}; the lines before that count`)
      return this.#track.flush()
    }
    if (!this.#context.stop.aborted) await this.end()
  }

  #tellKnown(): void {
    this.#context.tell(`${this.file.path}: read to its end before (--again reads it anew)`)
  }

  /** There comes no more: a line without an end counts. */
  async end(): Promise<void> {
    await this.#track.end()
    if ((await this.file.wrapping()) === 'plain') return
    const whole = await wholeFileOf(this.file)
    this.#context.whenSettled(() => this.#track.saveWhole(whole))
  }

  /** False once the file was emptied, even if it has grown longer again. */
  async goesOn(): Promise<boolean> {
    const { position, lastLine = this.#lastLine } = this.#track
    if ((await this.file.size()) < position) return false
    return lastLine === undefined || isLine(await this.#lineAt(lastLine.position, position), lastLine)
  }

  async #lineAt(start: number, end: number): Promise<Buffer> {
    const bytes = await this.file.bytes(start, Math.min(LINE_BYTES, end - start))
    // Behind it may stand the beginning of the next one.
    const newline = bytes.indexOf('\n')
    return newline < 0 ? bytes : bytes.subarray(0, newline + 1)
  }
}
