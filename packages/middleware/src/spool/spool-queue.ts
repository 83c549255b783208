import { unlink } from 'node:fs/promises'
import { BATCH_BYTES, type Batch, type EventQueue, type OnReady } from '../event-queue.ts'
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
  #gathered: string[] = []
  #gatheredBytes = 0
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
    return this.#gathered.length + this.#memory.waiting
  }

  add(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    const refusal = this.#refusal(bytes)
    if (refusal !== undefined) {
      this.#reports.drop(1, refusal)
      return
    }
    this.#gathered.push(line)
    this.#gatheredBytes += bytes
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
    if (batch.lines.length > 0) return batch
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

  #refusal(bytes: number): DropReason | undefined {
    const { maxEvents, maxBytes } = this.#limits
    if (this.#isClosed) return 'closed'
    if (this.waiting >= maxEvents || this.#gatheredBytes + this.#memory.bytes + bytes > maxBytes) return 'memory-full'
    return this.#bytes + this.#folder.othersBytes + bytes > this.#options.maxBytes ? 'spool-full' : undefined
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
    while (this.#gathered.length > 0) {
      const lines = this.#gathered.splice(0, this.#limits.batchEvents - (this.#open?.events ?? 0))
      const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
      const isWritten = await this.#attempt(async () => {
        this.#open ??= await OpenSegment.create(this.#folder.newPath())
        await this.#open.append(lines)
        return true
      })
      this.#gatheredBytes -= bytes
      if (isWritten !== true) await this.#keepInMemory(lines, bytes)
      else if (this.#open !== undefined && this.#isFull(this.#open)) {
        await this.#finish()
        this.#onReady()
      }
    }
    this.#isWriting = false
  }

  /** What was written of them is sent too: with the same ids they count once. */
  async #keepInMemory(lines: readonly string[], bytes: number): Promise<void> {
    this.#bytes -= bytes
    await this.#finish()
    for (const line of lines) this.#memory.add(line)
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
  readonly lines: readonly string[]
  readonly segment: Segment
  readonly settle: () => Promise<void>

  constructor(lines: readonly string[], segment: Segment, settle: () => Promise<void>) {
    this.lines = lines
    this.segment = segment
    this.settle = settle
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
