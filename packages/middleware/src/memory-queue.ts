import { BATCH_BYTES, type Batch, type EventQueue, type OnReady } from './event-queue.ts'
import type { DropReason } from './reports.ts'

export interface MemoryLimits {
  readonly batchEvents: number
  /** Of all that is here, batches on their way included. */
  readonly maxEvents: number
  readonly maxBytes: number
}

interface MemoryBatch {
  readonly lines: string[]
  bytes: number
}

/** Events in memory, cut into batches as they come; the newest is lost when there is no room. */
export class MemoryQueue implements EventQueue {
  readonly #limits: MemoryLimits
  readonly #drop: (count: number, reason: DropReason) => void
  readonly #onReady: OnReady
  readonly #ready: Batch[] = []
  #open: MemoryBatch = { lines: [], bytes: 0 }
  #events = 0
  #bytes = 0
  #isClosed = false

  constructor(limits: MemoryLimits, drop: (count: number, reason: DropReason) => void, onReady: OnReady) {
    this.#limits = limits
    this.#drop = drop
    this.#onReady = onReady
  }

  get waiting(): number {
    return this.#events
  }

  /** As they are sent, line ends included. */
  get bytes(): number {
    return this.#bytes
  }

  add(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    const isFull = this.#events >= this.#limits.maxEvents || this.#bytes + bytes > this.#limits.maxBytes
    if (this.#isClosed || isFull) {
      this.#drop(1, this.#isClosed ? 'closed' : 'memory-full')
      return
    }
    this.#events++
    this.#bytes += bytes
    this.#open.lines.push(line)
    this.#open.bytes += bytes
    if (this.#open.lines.length >= this.#limits.batchEvents || this.#open.bytes >= BATCH_BYTES) {
      this.#seal()
      this.#onReady()
    }
  }

  async seal(): Promise<void> {
    this.#seal()
  }

  async take(): Promise<Batch | undefined> {
    return this.#ready.shift()
  }

  giveBack(batch: Batch): void {
    this.#ready.unshift(batch)
  }

  async close(): Promise<number> {
    const lost = this.#events
    this.#isClosed = true
    this.#ready.length = 0
    this.#open = { lines: [], bytes: 0 }
    this.#events = 0
    this.#bytes = 0
    return lost
  }

  #seal(): void {
    const { lines, bytes } = this.#open
    if (lines.length === 0) return
    this.#open = { lines: [], bytes: 0 }
    let isSettled = false
    this.#ready.push({
      lines,
      settle: async () => {
        if (isSettled) return
        isSettled = true
        this.#events -= lines.length
        this.#bytes -= bytes
      },
    })
  }
}
