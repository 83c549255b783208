import { ceilTo, DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from './bucket.ts'
import { isDuration, moveByDuration } from './interval-duration.ts'
import { type Edge, readSide, type Wrong } from './interval-side.ts'
import { Refusal, shown } from './refusal.ts'
import type { Interval } from './usage-query.ts'

/** How long usage is kept by the minute (decisions.md 9). */
const MINUTES_KEPT_MS = 7 * DAY_MS

interface IntervalOptions {
  /** IANA name; for a side that gives no offset itself. */
  readonly timeZone: string
  /** When the query was submitted, milliseconds since 1970. */
  readonly now: number
}

/** Edges at or after this instant are to the minute, earlier ones to the quarter of an hour (decisions.md 9). */
export function minuteHorizon(now: number): number {
  return floorTo(now - MINUTES_KEPT_MS, QUARTER_MS)
}

/**
 * Reads `start/end` as wire.md §2 and decisions.md 8 define it: each side an ISO 8601 date or time as precise as the
 * caller likes, or one of them a duration. The start is the first instant of its side, the end the last of its own; the
 * answer is moved outward to whole buckets (decisions.md 9), so its end is exclusive.
 *
 * A local time that a zone skips or has twice is read as Temporal's "compatible": the time as far after the gap, the
 * first of the two. In a zone ahead of UTC the year 1970 starts before 0.
 * @throws Refusal invalid.date for whatever is no such interval, or one with nothing in it.
 */
export function parseInterval(text: unknown, options: IntervalOptions): Interval {
  const wrong = (problem: string) => refusal(text, problem)
  const [start, end] = readEdges(splitSides(text, wrong), options.timeZone, wrong)
  if (start.ms > end.ms || (start.ms === end.ms && start.finer > end.finer)) {
    throw wrong('the start is after the end')
  }
  if (start.ms === end.ms && start.finer === end.finer) throw wrong('there is nothing between start and end')
  const horizon = minuteHorizon(options.now)
  return {
    start: floorTo(start.ms, bucketSize(start.ms, horizon)),
    end: ceilTo(end.ms + Math.ceil(end.finer), bucketSize(end.ms, horizon)),
  }
}

function splitSides(text: unknown, wrong: Wrong): readonly [string, string] {
  if (text === undefined || text === null || text === '') throw wrong('it is missing')
  if (typeof text !== 'string') throw wrong('it is not a string')
  const [start, end, ...more] = text.split('/')
  if (end === undefined) throw wrong('there is no slash between a start and an end')
  if (more.length > 0) throw wrong('there is more than one slash')
  if (!start) throw wrong('the start is missing')
  if (!end) throw wrong('the end is missing')
  return [start, end]
}

function readEdges(sides: readonly [string, string], timeZone: string, wrong: Wrong): readonly [Edge, Edge] {
  const [startText, endText] = sides
  if (isDuration(startText)) {
    if (isDuration(endText)) throw wrong('only one side may be a duration')
    const side = readSide(endText, timeZone, wrong)
    return [moveByDuration(side.end, 'before', startText, side.timeZone, wrong), side.end]
  }
  const side = readSide(startText, timeZone, wrong)
  const end = isDuration(endText)
    ? moveByDuration(side.start, 'after', endText, side.timeZone, wrong)
    : readSide(endText, timeZone, wrong).end
  return [side.start, end]
}

function bucketSize(edge: number, horizon: number): number {
  return edge >= horizon ? MINUTE_MS : QUARTER_MS
}

function refusal(text: unknown, problem: string): Refusal {
  return new Refusal(
    'invalid.date',
    'The field [interval] is [{value}]: {problem}. It is start/end in ISO 8601, for example 2020-02-01/2020-02-28.',
    { value: text === undefined ? '' : shown(text), problem },
  )
}
