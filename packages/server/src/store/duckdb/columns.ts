import {
  COUNTER_NAMES,
  COUNTERS,
  type Counter,
  INTERNED_DIMENSIONS,
  type InternedDimension,
  OVERFLOW,
  UNMATCHED,
} from '../../domain/catalogue.ts'

/** What the tables of the migrations look like, derived from the catalogue; a test compares the two. */

/** The numbers of the dimensions in dimension_value: on disk, so never changed or given again. */
export const DIMENSION_CODES: Readonly<Record<InternedDimension, number>> = {
  clientId: 1,
  userId: 2,
  templateUri: 3,
  httpMethod: 4,
  platform: 5,
}

/** Values that are given an id even when the organization's cap is reached. */
export const UNCAPPED: ReadonlySet<string> = new Set([OVERFLOW, UNMATCHED])

/**
 * How a counter is kept: `count` in one column that is never NULL; `wide`, whose sum may pass 64 bits, in two columns,
 * `x` and `x_high` (2^32), because DuckDB unpacks 128-bit columns some 30 times slower (measured: 58 ms against 1.7 for
 * 250,000 rows); `optional` in one that is NULL when no call told a value.
 */
type StoredCounter = 'count' | 'wide' | 'optional'

export const STORED_COUNTERS: Readonly<Record<Counter, StoredCounter>> = {
  requests: 'count',
  status200: 'count',
  status300: 'count',
  status400: 'count',
  status429: 'count',
  status500: 'count',
  requestBytes: 'wide',
  responseBytes: 'wide',
  durationMicros: 'wide',
  durationCount: 'count',
  durationMaxMicros: 'optional',
}

/** The weight of the `_high` column of a wide counter. */
export const HIGH = 2 ** 32

/** `requestBytes` is the column `request_bytes`. */
export function columnOf(name: Counter | InternedDimension): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const DIMENSION_COLUMNS = INTERNED_DIMENSIONS.map(columnOf)
const WITHOUT_USER = DIMENSION_COLUMNS.filter((column) => column !== columnOf('userId'))

/** A rollup's tables: what is not folded yet (a view), sorted and folded, by UTC day without the user. */
export interface Rollup {
  readonly name: 'usage' | 'latency'
  readonly keys: readonly string[]
  readonly dayKeys: readonly string[]
  /** Columns that are added up, and the one that the greatest of is kept. */
  readonly sums: readonly string[]
  readonly maxima: readonly string[]
}

const columnsOfCounter = (counter: Counter): readonly string[] => {
  const column = columnOf(counter)
  return STORED_COUNTERS[counter] === 'wide' ? [column, `${column}_high`] : [column]
}
const isMaximum = (counter: Counter) => COUNTERS[counter].aggregate === 'max'

/** In the order of the table. */
export const COUNTER_COLUMNS = COUNTER_NAMES.flatMap(columnsOfCounter)

export const USAGE: Rollup = {
  name: 'usage',
  keys: ['organization', 'bucket', ...DIMENSION_COLUMNS],
  dayKeys: ['organization', 'bucket', ...WITHOUT_USER],
  sums: COUNTER_NAMES.filter((counter) => !isMaximum(counter)).flatMap(columnsOfCounter),
  maxima: COUNTER_NAMES.filter(isMaximum).flatMap(columnsOfCounter),
}

export const LATENCY: Rollup = {
  name: 'latency',
  keys: ['organization', 'bucket', ...WITHOUT_USER, 'slot'],
  dayKeys: ['organization', 'bucket', ...WITHOUT_USER, 'slot'],
  sums: ['calls'],
  maxima: [],
}

export const ROLLUPS: readonly Rollup[] = [USAGE, LATENCY]

/** Where commits append; each rollup's `_delta` shows its rows, with their place in a column `call`. */
export const CALL_DELTA = 'call_delta'
