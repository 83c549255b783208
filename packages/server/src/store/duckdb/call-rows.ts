import type { EventBatch, EventColumns } from '../../domain/event-batch.ts'
import { slotOf } from '../../domain/histogram.ts'
import { releaseMemory } from '../../domain/release-memory.ts'
import type { Weight } from '../../domain/weight.ts'
import { USAGE } from './columns.ts'
import { KeyTable } from './key-table.ts'

/** The keys of call_delta behind those of the rollups. */
const STATUS_PART = USAGE.keys.length
const SLOT_PART = STATUS_PART + 1
/** A sum, or a slot, that no call told a value for. */
const UNTOLD = -1
const TOO_MANY_REQUESTS = 429
/** Weighted calls of a row; so many single ones still fit its 32 bits afterwards. */
const MOST_REQUESTS = 2 ** 30

/** Adds up some thousand calls to rows of call_delta: those that have the same keys, outcome and histogram slot. */
export class CallRows {
  readonly #keys: KeyTable
  readonly #key = new Int32Array(SLOT_PART + 1)
  readonly requests: Int32Array<ArrayBuffer>
  readonly #requestBytes: Float64Array<ArrayBuffer>
  readonly #responseBytes: Float64Array<ArrayBuffer>
  readonly #durationMicros: Float64Array<ArrayBuffer>
  readonly #durationMaxMicros: Float64Array<ArrayBuffer>

  /** @param mostRows how many rows there may be: `mostRowsOf` the batches. */
  constructor(mostRows: number) {
    this.#keys = new KeyTable(this.#key.length, mostRows)
    this.requests = new Int32Array(mostRows)
    this.#requestBytes = new Float64Array(mostRows).fill(UNTOLD)
    this.#responseBytes = new Float64Array(mostRows).fill(UNTOLD)
    this.#durationMicros = new Float64Array(mostRows).fill(UNTOLD)
    this.#durationMaxMicros = new Float64Array(mostRows).fill(UNTOLD)
  }

  get count(): number {
    return this.#keys.count
  }

  /** Not to be used afterwards. */
  release(): void {
    for (const column of [...this.#keys.columns, this.requests, ...this.sumColumns]) releaseMemory(column)
  }

  /** A column of each key that the rollups have, in their order. */
  get keyColumns(): readonly Int32Array<ArrayBuffer>[] {
    return this.#keys.columns.slice(0, STATUS_PART)
  }

  /** The columns `status` and `slot`. */
  get outcomeColumns(): readonly Int16Array<ArrayBuffer>[] {
    return this.#keys.columns.slice(STATUS_PART).map((column) => new Int16Array(column.subarray(0, this.count)))
  }

  /** In the order of the table. */
  get sumColumns(): readonly Float64Array<ArrayBuffer>[] {
    return [this.#requestBytes, this.#responseBytes, this.#durationMicros, this.#durationMaxMicros]
  }

  /**
   * Adds one event of a batch that is one call.
   * @param bucket minutes since 1970.
   * @param ids one for each interned dimension, in their order.
   */
  add(organization: number, bucket: number, ids: Int32Array, columns: EventColumns, event: number): void {
    const duration = columns.durationMicros[event] ?? Number.NaN
    const requestBytes = columns.requestBytes[event] ?? Number.NaN
    const responseBytes = columns.responseBytes[event] ?? Number.NaN
    const key = this.#key
    this.#setKey(organization, bucket, ids, columns.status[event] ?? 0)
    key[SLOT_PART] = Number.isNaN(duration) ? UNTOLD : slotOf(duration)
    let row = this.#keys.rowOf(key)
    const fits =
      canAdd(this.#requestBytes, row, requestBytes) &&
      canAdd(this.#responseBytes, row, responseBytes) &&
      canAdd(this.#durationMicros, row, duration)
    if (!fits) row = this.#keys.anotherRowOf(key)
    this.requests[row] = (this.requests[row] ?? 0) + 1
    addTo(this.#requestBytes, row, requestBytes)
    addTo(this.#responseBytes, row, responseBytes)
    addTo(this.#durationMicros, row, duration)
    if (duration > (this.#durationMaxMicros[row] ?? UNTOLD)) this.#durationMaxMicros[row] = duration
  }

  /** Adds one event that stands for many calls: a row for each of its durations, and one for the calls without any. */
  addWeighted(
    organization: number,
    bucket: number,
    ids: Int32Array,
    columns: EventColumns,
    event: number,
    { calls, durations }: Weight,
  ): void {
    this.#setKey(organization, bucket, ids, columns.status[event] ?? 0)
    let untold = calls
    // The sums of bytes are the event's, whichever of its rows has them.
    let bytes: Bytes = { request: columns.requestBytes[event], response: columns.responseBytes[event] }
    for (const { micros, calls } of durations) {
      this.#addCalls(calls, micros, bytes)
      untold -= calls
      bytes = NO_BYTES
    }
    if (untold > 0) this.#addCalls(untold, Number.NaN, bytes)
  }

  #addCalls(calls: number, micros: number, { request = Number.NaN, response = Number.NaN }: Bytes): void {
    const key = this.#key
    key[SLOT_PART] = Number.isNaN(micros) ? UNTOLD : slotOf(micros)
    let row = this.#keys.rowOf(key)
    const fits =
      (this.requests[row] ?? 0) + calls <= MOST_REQUESTS &&
      canAdd(this.#requestBytes, row, request) &&
      canAdd(this.#responseBytes, row, response) &&
      canAdd(this.#durationMicros, row, micros * calls)
    if (!fits) row = this.#keys.anotherRowOf(key)
    this.requests[row] = (this.requests[row] ?? 0) + calls
    addTo(this.#requestBytes, row, request)
    addTo(this.#responseBytes, row, response)
    addTo(this.#durationMicros, row, micros * calls)
    if (micros > (this.#durationMaxMicros[row] ?? UNTOLD)) this.#durationMaxMicros[row] = micros
  }

  #setKey(organization: number, bucket: number, ids: Int32Array, status: number): void {
    const key = this.#key
    key[0] = organization
    key[1] = bucket
    for (let part = 0; part < ids.length; part++) key[part + 2] = ids[part] ?? 0
    key[STATUS_PART] = status === TOO_MANY_REQUESTS ? status : status - (status % 100)
  }
}

interface Bytes {
  readonly request: number | undefined
  readonly response: number | undefined
}

const NO_BYTES: Bytes = { request: undefined, response: undefined }

/** How many rows the events of a batch may become. */
export function mostRowsOf({ count, weights }: Pick<EventBatch, 'count' | 'weights'>): number {
  let rows = count
  for (const { durations } of weights.values()) rows += durations.length
  return rows
}

/** A sum stays a whole number that a double has exactly. */
function canAdd(sums: Float64Array, row: number, value: number): boolean {
  return Number.isNaN(value) || (sums[row] ?? 0) + value <= Number.MAX_SAFE_INTEGER
}

function addTo(sums: Float64Array, row: number, value: number): void {
  if (Number.isNaN(value)) return
  const before = sums[row] ?? UNTOLD
  sums[row] = before === UNTOLD ? value : before + value
}
