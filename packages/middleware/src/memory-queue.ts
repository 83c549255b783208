import { BATCH_BYTES, type Batch, type EventQueue, type OnReady } from './event-queue.ts'
import { LineBuffer, type Lines } from './lines.ts'
import type { DropReason } from './reports.ts'

export interface MemoryLimits {
  readonly batchEvents: number
  /** Of all that is here, batches on their way included. */
  readonly maxEvents: number
  readonly maxBytes: number
}

/** Events in memory, cut into batches as they come; the newest is lost when there is no room. */
export class MemoryQueue implements EventQueue {
  readonly #limits: MemoryLimits
  readonly #drop: (count: number, reason: DropReason) => void
  readonly #onReady: OnReady
  readonly #ready: Batch[] = []
  readonly #open = new LineBuffer()
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
    const { batchEvents, maxEvents, maxBytes } = this.#limits
    const hasRoom = !this.#isClosed && this.#events < maxEvents
    const bytes = hasRoom ? this.#open.add(line, maxBytes - this.#bytes) : 0
    if (bytes === 0) {
      this.#drop(1, this.#isClosed ? 'closed' : 'memory-full')
      return
    }
    this.#events++
    this.#bytes += bytes
    if (this.#open.events >= batchEvents || this.#open.bytes >= BATCH_BYTES) {
      this.#seal()
      this.#onReady()
    }
  }

  /** Lines that come from elsewhere, as a batch of their own. */
  addBatch(lines: Lines): void {
    const { maxEvents, maxBytes } = this.#limits
    if (this.#events + lines.events > maxEvents || this.#bytes + lines.body.length > maxBytes) {
      this.#drop(lines.events, 'memory-full')
      return
    }
    this.#events += lines.events
    this.#bytes += lines.body.length
    this.#push(lines)
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
    this.#open.take()
    this.#events = 0
    this.#bytes = 0
    return lost
  }

  #seal(): void {
    if (this.#open.events > 0) this.#push(this.#open.take())
  }

  #push(lines: Lines): void {
    let isSettled = false
    this.#ready.push({
      lines,
      settle: async () => {
        if (isSettled) return
        isSettled = true
        this.#events -= lines.events
        this.#bytes -= lines.body.length
      },
    })
  }
}
