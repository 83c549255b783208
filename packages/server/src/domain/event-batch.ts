import type { Weight } from './weight.ts'

/**
 * Validated events in columns: what the thread that reads a body hands to the one that counts it, without a copy. Texts
 * stand in `texts` and columns have their numbers, so that a text that comes a thousand times is looked up once.
 */
export interface EventBatch {
  readonly count: number
  /** Where the events were made; the column `organization` has indexes into it. */
  readonly organizations: readonly BatchOrganization[]
  /**
   * Shared by many batches and only ever appended to, so that what was worked out for a number stays true; 0 is "".
   */
  readonly texts: readonly string[]
  readonly columns: EventColumns
  /** Of the events that stand for many calls, by where they are in the columns. They are rare. */
  readonly weights: ReadonlyMap<number, Weight>
  /** A platform administrator reported them, so their clients are authorized where they called (decisions.md 15). */
  readonly fromPlatform: boolean
}

/** How many calls the events of a batch stand for. */
export function callsOf({ count, weights }: Pick<EventBatch, 'count' | 'weights'>): number {
  let calls = count
  for (const weight of weights.values()) calls += weight.calls - 1
  return calls
}

export interface BatchOrganization {
  readonly organizationId: string
  /** The store's own number for it, which is part of its events' identities. */
  readonly number: number
}

export const TEXT_COLUMNS = ['clientId', 'clientName', 'userId', 'httpMethod', 'templateUri', 'platform'] as const
export type TextColumn = (typeof TEXT_COLUMNS)[number]

/** Numbers that an event need not tell; NaN when it does not. */
export const OPTIONAL_COLUMNS = ['durationMicros', 'requestBytes', 'responseBytes'] as const
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number]

/** An identity is 128 bits. */
export const IDENTITY_WORDS = 4

/** Each has at least `count` places; see UsageEvent for what they hold. */
export interface EventColumns
  extends Readonly<Record<TextColumn, Uint32Array>>,
    Readonly<Record<OptionalColumn, Float64Array>> {
  readonly organization: Uint32Array
  readonly time: Float64Array
  readonly status: Uint16Array
  /** IDENTITY_WORDS each, all zero for an event without an id. */
  readonly identity: Uint32Array
}

/** Columns with room for so many events. */
export function emptyColumns(capacity: number): EventColumns {
  return {
    organization: new Uint32Array(capacity),
    time: new Float64Array(capacity),
    clientId: new Uint32Array(capacity),
    clientName: new Uint32Array(capacity),
    userId: new Uint32Array(capacity),
    httpMethod: new Uint32Array(capacity),
    templateUri: new Uint32Array(capacity),
    platform: new Uint32Array(capacity),
    status: new Uint16Array(capacity),
    durationMicros: new Float64Array(capacity),
    requestBytes: new Float64Array(capacity),
    responseBytes: new Float64Array(capacity),
    identity: new Uint32Array(capacity * IDENTITY_WORDS),
  }
}

/** The same events in columns with more room. */
export function grownColumns(columns: EventColumns, capacity: number): EventColumns {
  const grown = emptyColumns(capacity)
  for (const [name, column] of Object.entries(columns)) grown[name as keyof EventColumns].set(column)
  return grown
}
