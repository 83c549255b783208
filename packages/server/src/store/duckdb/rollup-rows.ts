import { COUNTER_NAMES, COUNTERS, INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import { slotOf } from '../../domain/histogram.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { HIGH, LATENCY, STORED_COUNTERS, USAGE } from './columns.ts'
import { KeyTable } from './key-table.ts'
import type { OrganizationMemory } from './organizations.ts'

const FIRST_ROWS = 256
const USER_PART = 2 + INTERNED_DIMENSIONS.indexOf('userId')

/** Adds up some thousand events to rows of usage_delta and latency_delta. */
export class RollupRows {
  readonly usage = new KeyTable(USAGE.keys.length)
  readonly latency = new KeyTable(LATENCY.keys.length)
  readonly #key = new Int32Array(USAGE.keys.length)
  readonly #latencyKey = new Int32Array(LATENCY.keys.length)
  readonly #counters = COUNTER_NAMES.map((name) => new CounterColumn(name))
  #calls = new Float64Array(FIRST_ROWS)

  /** The counters' columns, as in columns.ts's COUNTER_COLUMNS; NaN is NULL. */
  get counterColumns(): readonly Float64Array[] {
    return this.#counters.flatMap((counter) => counter.columns)
  }

  get calls(): Float64Array {
    return this.#calls
  }

  /** @param bucket minutes since 1970. */
  add(event: UsageEvent, organization: OrganizationMemory, bucket: number): void {
    const key = this.#key
    key[0] = organization.id
    key[1] = bucket
    for (let index = 0; index < INTERNED_DIMENSIONS.length; index++) {
      const dimension = INTERNED_DIMENSIONS[index] ?? 'clientId'
      key[index + 2] = organization.dictionaries[dimension].idOf(event[dimension])
    }
    const row = this.usage.rowOf(key)
    for (const counter of this.#counters) counter.add(row, event)
    if (event.durationMicros !== undefined) this.#addLatency(event.durationMicros)
  }

  /** The id of the client of the event that was added last. */
  get lastClient(): number {
    return this.#key[2 + INTERNED_DIMENSIONS.indexOf('clientId')] ?? 0
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
    if (row === this.#calls.length) this.#calls = grown(this.#calls, 0)
    this.#calls[row] = (this.#calls[row] ?? 0) + 1
  }
}

/** One counter of every row. A wide one's low part stays exact for two million events a row. */
class CounterColumn {
  readonly #kind: 'count' | 'wide' | 'optional'
  readonly #isMaximum: boolean
  readonly #of: (event: UsageEvent) => number | undefined
  readonly #empty: number
  #low: Float64Array
  #high: Float64Array

  constructor(name: (typeof COUNTER_NAMES)[number]) {
    const { kind, of } = STORED_COUNTERS[name]
    this.#kind = kind
    this.#of = of
    this.#isMaximum = COUNTERS[name].aggregate === 'max'
    this.#empty = kind === 'count' ? 0 : Number.NaN
    this.#low = new Float64Array(FIRST_ROWS).fill(this.#empty)
    this.#high = new Float64Array(kind === 'wide' ? FIRST_ROWS : 0).fill(this.#empty)
  }

  get columns(): readonly Float64Array[] {
    return this.#kind === 'wide' ? [this.#low, this.#high] : [this.#low]
  }

  add(row: number, event: UsageEvent): void {
    const value = this.#of(event)
    if (row >= this.#low.length) this.#grow()
    if (value === undefined) return
    const before = this.#low[row] ?? 0
    if (this.#kind === 'wide') this.#addWide(row, value)
    else if (Number.isNaN(before)) this.#low[row] = value
    else this.#low[row] = this.#isMaximum ? Math.max(before, value) : before + value
  }

  #addWide(row: number, value: number): void {
    const before = this.#low[row] ?? 0
    const high = Math.floor(value / HIGH)
    this.#low[row] = (Number.isNaN(before) ? 0 : before) + (value - high * HIGH)
    this.#high[row] = (Number.isNaN(before) ? 0 : (this.#high[row] ?? 0)) + high
  }

  #grow(): void {
    this.#low = grown(this.#low, this.#empty)
    if (this.#kind === 'wide') this.#high = grown(this.#high, this.#empty)
  }
}

function grown(column: Float64Array, empty: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2).fill(empty, column.length)
  larger.set(column)
  return larger
}
