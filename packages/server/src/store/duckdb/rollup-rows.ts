import { COUNTER_NAMES, COUNTERS, INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import type { EventColumns } from '../../domain/event-batch.ts'
import { slotOf } from '../../domain/histogram.ts'
import { HIGH, LATENCY, STORED_COUNTERS, USAGE } from './columns.ts'
import { KeyTable } from './key-table.ts'

const USER_PART = 2 + INTERNED_DIMENSIONS.indexOf('userId')

/** Adds up some thousand events to rows of usage_delta and latency_delta. */
export class RollupRows {
  readonly usage: KeyTable
  readonly latency: KeyTable
  readonly #key = new Int32Array(USAGE.keys.length)
  readonly #latencyKey = new Int32Array(LATENCY.keys.length)
  readonly #counters: readonly CounterColumn[]
  readonly calls: Float64Array

  /** @param mostRows how many rows there may be: as many as events. */
  constructor(mostRows: number) {
    this.usage = new KeyTable(USAGE.keys.length, mostRows)
    this.latency = new KeyTable(LATENCY.keys.length, mostRows)
    this.#counters = COUNTER_NAMES.map((name) => new CounterColumn(name, mostRows))
    this.calls = new Float64Array(mostRows)
  }

  /** The counters' columns, as in columns.ts's COUNTER_COLUMNS; NaN is NULL. */
  get counterColumns(): readonly Float64Array[] {
    return this.#counters.flatMap((counter) => counter.columns)
  }

  /**
   * The row of a call, a new one where there is none yet.
   * @param bucket minutes since 1970.
   * @param ids one for each interned dimension, in their order.
   * @param durationMicros NaN when it is not told.
   */
  rowOf(organization: number, bucket: number, ids: Int32Array, durationMicros: number): number {
    const key = this.#key
    key[0] = organization
    key[1] = bucket
    key.set(ids, 2)
    if (!Number.isNaN(durationMicros)) this.#addLatency(durationMicros)
    return this.usage.rowOf(key)
  }

  /**
   * Adds some events of a batch to their rows.
   * @param events indexes of the events, and `rows` the row of each; the first `count` are taken.
   */
  add(columns: EventColumns, events: Uint32Array, rows: Uint32Array, count: number): void {
    for (const counter of this.#counters) counter.add(columns, events, rows, count)
  }

  /** The same key without the user, with the slot. */
  #addLatency(durationMicros: number): void {
    const key = this.#latencyKey
    let to = 0
    for (let part = 0; part < this.#key.length; part++) {
      if (part !== USER_PART) key[to++] = this.#key[part] ?? 0
    }
    key[to] = slotOf(durationMicros)
    const row = this.latency.rowOf(key)
    this.calls[row] = (this.calls[row] ?? 0) + 1
  }
}

/** One counter of every row. A wide one's low part stays exact for two million events a row. */
class CounterColumn {
  readonly #kind: 'count' | 'wide' | 'optional'
  readonly #isMaximum: boolean
  readonly #of: (columns: EventColumns, event: number) => number
  readonly #low: Float64Array
  readonly #high: Float64Array

  constructor(name: (typeof COUNTER_NAMES)[number], mostRows: number) {
    const { kind, of } = STORED_COUNTERS[name]
    this.#kind = kind
    this.#of = of
    this.#isMaximum = COUNTERS[name].aggregate === 'max'
    const empty = kind === 'count' ? 0 : Number.NaN
    this.#low = new Float64Array(mostRows).fill(empty)
    this.#high = new Float64Array(kind === 'wide' ? mostRows : 0).fill(empty)
  }

  get columns(): readonly Float64Array[] {
    return this.#kind === 'wide' ? [this.#low, this.#high] : [this.#low]
  }

  add(columns: EventColumns, events: Uint32Array, rows: Uint32Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const value = this.#of(columns, events[index] ?? 0)
      if (Number.isNaN(value)) continue
      const row = rows[index] ?? 0
      const before = this.#low[row] ?? 0
      if (this.#kind === 'wide') this.#addWide(row, value)
      else if (Number.isNaN(before)) this.#low[row] = value
      else this.#low[row] = this.#isMaximum ? Math.max(before, value) : before + value
    }
  }

  #addWide(row: number, value: number): void {
    const before = this.#low[row] ?? 0
    const high = Math.floor(value / HIGH)
    this.#low[row] = (Number.isNaN(before) ? 0 : before) + (value - high * HIGH)
    this.#high[row] = (Number.isNaN(before) ? 0 : (this.#high[row] ?? 0)) + high
  }
}
