import { unlink } from 'node:fs/promises'
import { BATCH_BYTES, type Batch, type EventQueue, type OnReady } from '../event-queue.ts'
import { LineBuffer, type Lines, NO_LINES, splitLines } from '../lines.ts'
import { type MemoryLimits, MemoryQueue } from '../memory-queue.ts'
import type { SpoolOptions } from '../options.ts'
import { type DropReason, MeterError, type Reports } from '../reports.ts'
import { SpoolFolder } from './folder.ts'
import { OpenSegment, readSegment, type Segment } from './segment.ts'

/**
 * Events on disk: what comes in is written in the next turn of the event loop, a file is complete after `batchMs` or a
 * batch of events, is sent as one body and removed when it is settled. Files that a process left behind are sent by the
 * next one. While the folder cannot be written to, events wait in memory.
 */
export class SpoolQueue implements EventQueue {
  readonly #options: Required<SpoolOptions>
  readonly #limits: MemoryLimits
  readonly #reports: Reports
  readonly #onReady: OnReady
  readonly #folder: SpoolFolder
  /** For what cannot be written. */
  readonly #memory: MemoryQueue
  readonly #ready: Segment[] = []
  readonly #gathered = new LineBuffer()
  /** Taken from there, and not yet written. */
  #unwritten: Lines = NO_LINES
  #open: OpenSegment | undefined
  /** Of our own files, and of what is on its way to them. */
  #bytes = 0
  #work: Promise<void>
  #isWriting = false
  #isClosed = false

  constructor(options: Required<SpoolOptions>, limits: MemoryLimits, reports: Reports, onReady: OnReady) {
    this.#options = options
    this.#limits = limits
    this.#reports = reports
    this.#onReady = onReady
    this.#folder = new SpoolFolder(options.directory)
    this.#memory = new MemoryQueue(limits, reports.drop.bind(reports), onReady)
    this.#work = this.#start()
  }

  get waiting(): number {
    return this.#gathered.events + this.#unwritten.events + this.#memory.waiting
  }

  add(line: string): void {
    const room = this.#room()
    const bytes = typeof room === 'number' ? this.#gathered.add(line, room) : 0
    if (bytes === 0) {
      this.#reports.drop(1, typeof room === 'number' ? 'spool-full' : room)
      return
    }
    this.#bytes += bytes
    if (this.#isWriting) return
    this.#isWriting = true
    // What one turn of the event loop brings is one write.
    setImmediate(() => void this.#then(() => this.#write()))
  }

  seal(): Promise<void> {
    return this.#then(async () => {
      await this.#write()
      await this.#finish()
      await this.#memory.seal()
    })
  }

  async take(): Promise<Batch | undefined> {
    const segment = this.#ready.shift()
    if (segment === undefined) return this.#memory.take()
    const read = await this.#attempt(() => readSegment(segment.path))
    // It stays where it is, for the next start.
    if (read === undefined) return this.take()
    this.#reports.drop(read.torn, 'torn')
    const batch = new SpooledBatch(read.lines, segment, () => this.#remove(segment))
    if (batch.lines.events > 0) return batch
    await batch.settle()
    return this.take()
  }

  giveBack(batch: Batch): void {
    if (batch instanceof SpooledBatch) this.#ready.unshift(batch.segment)
    else this.#memory.giveBack(batch)
  }

  async close(): Promise<number> {
    await this.seal()
    this.#isClosed = true
    await this.#then(async () => void (await this.#attempt(() => this.#folder.close())))
    return this.#memory.close()
  }

  /** Bytes for which there is room on disk; or why there is none in memory for what is on its way there. */
  #room(): number | DropReason {
    const { maxEvents, maxBytes } = this.#limits
    const inMemory = this.#gathered.bytes + this.#unwritten.body.length + this.#memory.bytes
    if (this.#isClosed) return 'closed'
    if (this.waiting >= maxEvents || inMemory >= maxBytes) return 'memory-full'
    return this.#options.maxBytes - this.#bytes - this.#folder.othersBytes
  }

  async #start(): Promise<void> {
    await this.#attempt(() => this.#folder.open())
    this.#folder.keepAlive(() => void this.#then(() => this.#adopt()))
    await this.#adopt()
  }

  async #adopt(): Promise<void> {
    const segments = (await this.#attempt(() => this.#folder.adopt())) ?? []
    for (const { bytes } of segments) this.#bytes += bytes
    this.#ready.push(...segments)
    if (segments.length > 0) this.#onReady()
  }

  /** One after the other: writing, finishing and looking for orphans share the open file. */
  #then(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step)
    return this.#work
  }

  async #write(): Promise<void> {
    while (this.#gathered.events + this.#unwritten.events > 0) {
      if (this.#unwritten.events === 0) this.#unwritten = this.#gathered.take()
      const [lines, rest] = splitLines(this.#unwritten, this.#limits.batchEvents - (this.#open?.events ?? 0))
      const isWritten = await this.#attempt(async () => {
        this.#open ??= await OpenSegment.create(this.#folder.newPath())
        await this.#open.append(lines)
        return true
      })
      this.#unwritten = rest
      if (isWritten !== true) await this.#keepInMemory(lines)
      else if (this.#open !== undefined && this.#isFull(this.#open)) {
        await this.#finish()
        this.#onReady()
      }
    }
    this.#isWriting = false
  }

  /** What was written of them is sent too: with the same ids they count once. */
  async #keepInMemory(lines: Lines): Promise<void> {
    this.#bytes -= lines.body.length
    await this.#finish()
    this.#memory.addBatch(lines)
  }

  #isFull({ events, bytes }: OpenSegment): boolean {
    return events >= this.#limits.batchEvents || bytes >= BATCH_BYTES
  }

  async #finish(): Promise<void> {
    const segment = this.#open
    if (segment === undefined) return
    this.#open = undefined
    await this.#attempt(() => segment.finish(this.#options.fsync))
    this.#ready.push(segment)
  }

  async #remove({ path, bytes }: Segment): Promise<void> {
    this.#bytes -= bytes
    await this.#attempt(() => unlink(path).catch(ignoreMissing))
  }

  async #attempt<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await step()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#reports.error(new MeterError('spool', `The spool cannot be used: ${reason}`, { cause }))
      return undefined
    }
  }
}

class SpooledBatch implements Batch {
  readonly lines: Lines
  readonly segment: Segment
  readonly settle: () => Promise<void>

  constructor(lines: Lines, segment: Segment, settle: () => Promise<void>) {
    this.lines = lines
    this.segment = segment
    this.settle = settle
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
