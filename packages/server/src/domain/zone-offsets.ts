import { Temporal } from 'temporal-polyfill'
import { DAY_MS } from './bucket.ts'

/** A time in which a zone's local time is UTC plus the same offset: from `from` (inclusive) to `to` (exclusive). */
export interface OffsetSpan {
  readonly from: number
  readonly to: number
  /** Milliseconds, positive east of Greenwich. */
  readonly offset: number
}

interface Zone {
  readonly name: string
  readonly isUtc: boolean
  /** Its spans, cut at the edges of blocks; only blocks that were asked for. */
  readonly blocks: Map<number, readonly OffsetSpan[]>
}

/** Finding a change of offset costs 0.1 ms, so they are found for four years at a time and kept. */
const BLOCK_MS = 4 * 365 * DAY_MS
/** Enough for 1970 to today many times over; who asks for thousands of years has them worked out anew. */
const MOST_BLOCKS = 64

/** By lower-case name; there are only so many names, and a name that is none never gets in. */
const zones = new Map<string, Zone>()

/** True for a name of the IANA database, in any case and aliases included; false for an offset like `+02:00`. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * The name of the IANA database as it is spelled there, given in any case; an alias stays one.
 * @throws RangeError when `isTimeZone(timeZone)` is false.
 */
export function timeZoneName(timeZone: string): string {
  return zoneOf(timeZone).name
}

/** True when the name is one of UTC's (`UTC`, `Etc/UTC`, `GMT`, `Zulu` …); London in winter is not UTC. */
export function isUtc(timeZone: string): boolean {
  return zoneOf(timeZone).isUtc
}

/**
 * The zone's spans that touch [start, end), in order and without a gap. The first may begin, and the last end, before
 * the offset really changes, but never inside [start, end).
 * @throws RangeError when `isTimeZone(timeZone)` is false.
 */
export function offsetSpans(timeZone: string, start: number, end: number): readonly OffsetSpan[] {
  const zone = zoneOf(timeZone)
  const spans: OffsetSpan[] = []
  for (let block = Math.floor(start / BLOCK_MS); block * BLOCK_MS < end; block++) {
    for (const span of blockSpans(zone, block)) {
      const last = spans.at(-1)
      if (last?.offset === span.offset) spans[spans.length - 1] = { ...last, to: span.to }
      else spans.push(span)
    }
  }
  return spans.filter((span) => span.to > start && span.from < end)
}

/** How far the zone's local time is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(timeZone: string, ms: number): number {
  const spans = blockSpans(zoneOf(timeZone), Math.floor(ms / BLOCK_MS))
  const span = spans.find(({ to }) => ms < to)
  if (span === undefined) throw new Error(`no offset of ${timeZone} at ${ms}`)
  return span.offset
}

function zoneOf(timeZone: string): Zone {
  const key = timeZone.toLowerCase()
  const known = zones.get(key)
  if (known !== undefined) return known
  if (!/^[a-z]/.test(key)) throw new RangeError(`no time zone: ${timeZone}`)
  // Both are asked: Intl takes names of ICU's own ("PST"), Temporal takes whole timestamps.
  const canonical = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  const name = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).timeZoneId
  const zone = { name, isUtc: canonical === 'UTC', blocks: new Map() }
  zones.set(key, zone)
  return zone
}

function blockSpans(zone: Zone, block: number): readonly OffsetSpan[] {
  const kept = zone.blocks.get(block)
  if (kept !== undefined) return kept
  const spans = findSpans(zone.name, block * BLOCK_MS, (block + 1) * BLOCK_MS)
  if (zone.blocks.size >= MOST_BLOCKS) zone.blocks.clear()
  zone.blocks.set(block, spans)
  return spans
}

function findSpans(timeZone: string, start: number, end: number): readonly OffsetSpan[] {
  const spans: OffsetSpan[] = []
  let at = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(timeZone)
  while (at.epochMilliseconds < end) {
    const next = at.getTimeZoneTransition('next')
    const to = Math.min(next?.epochMilliseconds ?? end, end)
    spans.push({ from: at.epochMilliseconds, to, offset: at.offsetNanoseconds / 1e6 })
    if (next === null) break
    at = next
  }
  return spans
}
