import { floorTo, MINUTE_MS } from '../domain/bucket.ts'
import { type Dimension, OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import type { RateLimitDimension, WatchedLimit } from '../domain/rate-limit.ts'
import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { ClientName, UsageResult, UsageStore, UsageValue } from '../store/usage-store.ts'

/** Calls of one client, user or route in one minute. */
export interface MinuteCount {
  /** When the minute began, milliseconds since 1970. */
  readonly time: number
  readonly requests: number
  readonly status429: number
}

/** A client, user or route, or combination of them, that comes near to its limit. */
export interface NearLimit {
  readonly values: Readonly<Partial<Record<RateLimitDimension, string>>>
  /** "" where it has none, and where the limit is not by client. */
  readonly clientName: string
  /** Those with calls, in order. A minute is busy that reaches the share of the limit, or had a 429. */
  readonly minutes: readonly MinuteCount[]
  readonly peak: MinuteCount
  /** Its peak reaches the share; else only 429s tell of it. */
  readonly isNear: boolean
  /** The latest busy minutes that follow on each other: the first of them, and the last. */
  readonly began: number
  readonly last: number
}

export interface LimitStatus {
  readonly limit: WatchedLimit
  /** Whoever had a busy minute, the busiest first. */
  readonly entities: readonly NearLimit[]
  readonly truncated: boolean
}

export interface LimitQuestion {
  /** The current minute and those before it. */
  readonly minutes: number
  /** From this part of the limit on a minute is busy. */
  readonly share: number
  readonly mostEntities: number
  readonly clientNames: readonly ClientName[]
  readonly now: number
}

/** Rows of busy minutes that are looked at: those of the busiest. */
const MOST_BUSY_ROWS = 20_000

/** Who comes near to a limit, or over it (decisions.md 26). */
export async function limitStatus(
  store: Pick<UsageStore, 'query'>,
  scope: Scope,
  limit: WatchedLimit,
  question: LimitQuestion,
): Promise<LimitStatus> {
  const isNear = ({ requests }: MinuteCount) => requests >= question.share * limit.requestsPerMinute
  const isBusy = (minute: MinuteCount) => minute.status429 > 0 || isNear(minute)
  const busiest = await busiestOf(store, scope, limit, question, isNear)
  const some = busiest.slice(0, question.mostEntities)
  if (some.length === 0) return { limit, entities: [], truncated: false }
  const all = await minutesOf(store, scope, limit, question, some)
  const entities = some.flatMap(({ key, values }): NearLimit[] => {
    const { minutes = [], clientName = '' } = all.get(key) ?? {}
    const busy = minutes.filter(isBusy)
    const last = busy.at(-1)
    const peak = minutes.reduce<MinuteCount | undefined>(busier, undefined)
    if (last === undefined || peak === undefined) return []
    return [{ values, clientName, minutes, peak, isNear: isNear(peak), began: beganOf(busy), last: last.time }]
  })
  return { limit, entities, truncated: busiest.length > some.length }
}

interface Busy {
  readonly key: string
  readonly values: NearLimit['values']
}

/** By their busiest minute; those that only 429s tell of stand last. */
async function busiestOf(
  store: Pick<UsageStore, 'query'>,
  scope: Scope,
  limit: WatchedLimit,
  question: LimitQuestion,
  isNear: (minute: MinuteCount) => boolean,
): Promise<readonly Busy[]> {
  const found = new Map<string, Busy>()
  const orders = [
    { field: 'requests', isMeant: isNear },
    { field: 'status429', isMeant: ({ status429 }: MinuteCount) => status429 > 0 },
  ] as const
  for (const { field, isMeant } of orders) {
    const query = minuteQuery(limit.by, question)
    const { chunks } = await store.query(scope, {
      ...query,
      sortBy: [{ field, order: 'desc' }],
      maxRows: MOST_BUSY_ROWS,
    })
    for await (const row of rowsWhile(chunks, isMeant)) {
      const texts = row.slice(1, 1 + limit.by.length).map(String)
      const key = JSON.stringify(texts)
      if (isSomebody(texts) && !found.has(key)) found.set(key, { key, values: named(limit.by, texts) })
    }
  }
  return [...found.values()]
}

/** In their order, up to the first that is not meant: neither is any that follows. */
async function* rowsWhile(
  chunks: UsageResult['chunks'],
  isMeant: (minute: MinuteCount) => boolean,
): AsyncGenerator<readonly UsageValue[]> {
  for await (const chunk of chunks) {
    for (const row of chunk) {
      if (!isMeant(minuteOf(row))) return
      yield row
    }
  }
}

interface Minutes {
  readonly clientName: string
  readonly minutes: MinuteCount[]
}

/** The minutes of these and, because filters go by one dimension each, of some others. */
async function minutesOf(
  store: Pick<UsageStore, 'query'>,
  scope: Scope,
  { by }: WatchedLimit,
  question: LimitQuestion,
  some: readonly Busy[],
): Promise<ReadonlyMap<string, Minutes>> {
  const wanted = new Set(some.map(({ key }) => key))
  const valuesOf = (dimension: RateLimitDimension) => [
    ...new Set(some.flatMap(({ values }) => values[dimension] ?? [])),
  ]
  const filters = Object.fromEntries(by.map((dimension) => [dimension, valuesOf(dimension)]))
  const hasNames = by.includes('clientId')
  const query = minuteQuery(hasNames ? [...by, 'clientName'] : by, question)
  const { chunks } = await store.query(scope, { ...query, filters }, { clientNames: question.clientNames })
  const found = new Map<string, Minutes>()
  for await (const chunk of chunks) {
    for (const row of chunk) {
      const key = JSON.stringify(row.slice(1, 1 + by.length).map(String))
      if (!wanted.has(key)) continue
      const minutes = found.get(key) ?? { clientName: hasNames ? String(row[1 + by.length]) : '', minutes: [] }
      found.set(key, minutes)
      minutes.minutes.push(minuteOf(row))
    }
  }
  return found
}

/** In the order of time. */
function minuteQuery(groupBy: readonly Dimension[], { minutes, now }: LimitQuestion): UsageQuery {
  const end = floorTo(now, MINUTE_MS) + MINUTE_MS
  return {
    interval: { start: end - minutes * MINUTE_MS, end },
    timeZone: 'UTC',
    granularity: 'Minute',
    groupBy,
    metrics: ['requests', 'status429'],
    filters: {},
    sortBy: [{ field: 'time', order: 'asc' }],
  }
}

function minuteOf(row: readonly UsageValue[]): MinuteCount {
  return { time: Number(row[0]), requests: Number(row.at(-2)), status429: Number(row.at(-1)) }
}

/** Not those without any of it, nor what stands for many. */
function isSomebody(texts: readonly string[]): boolean {
  return texts.some((text) => text !== '') && !texts.includes(OVERFLOW) && !texts.includes(UNMATCHED)
}

function named(by: readonly RateLimitDimension[], texts: readonly string[]): NearLimit['values'] {
  return Object.fromEntries(by.map((dimension, at) => [dimension, texts[at] ?? '']))
}

function busier(one: MinuteCount | undefined, other: MinuteCount): MinuteCount {
  return one === undefined || other.requests > one.requests ? other : one
}

/** @param busy in order, at least one. */
function beganOf(busy: readonly MinuteCount[]): number {
  let began = busy.at(-1)?.time ?? 0
  for (const { time } of busy.toReversed().slice(1)) {
    if (time !== began - MINUTE_MS) break
    began = time
  }
  return began
}
