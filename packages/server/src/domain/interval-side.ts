import { Temporal } from 'temporal-polyfill'
import { MINUTE_MS, SECOND_MS } from './bucket.ts'
import { isFollowedByLeapSecond } from './leap-second.ts'
import type { Refusal } from './refusal.ts'

/** An exact edge: milliseconds since 1970, and how much `finer` it is, as a part of a millisecond from 0 to 1. */
export interface Edge {
  readonly ms: number
  readonly finer: number
}

/** What one side of an interval says. */
interface Side {
  /** Where an interval begins that has this side as its start. */
  readonly start: Edge
  /** Where an interval ends, exclusively, that has this side as its end. */
  readonly end: Edge
  /** The zone it is read in: an IANA name, or an offset like `+05:30`. */
  readonly timeZone: string
}

/** Makes the refusal to throw out of what is wrong with the text. */
export type Wrong = (problem: string) => Refusal

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/
const TIME = /^(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i
const FIRST_YEAR = 1970
const QUARTER_MINUTES = 15

/**
 * Reads one side that is no duration. A year, a month or a date stands for its whole period; an hour or a minute for
 * its minute, except exactly on a quarter of an hour; that and a time with seconds are an instant, where start and end
 * are the same (decisions.md 8).
 * @param timeZone IANA name; for a side without an offset of its own.
 */
export function readSide(text: string, timeZone: string, wrong: Wrong): Side {
  const [dateText = '', timeText] = text.split(/T(.*)/is)
  const [, year, month, day] = DATE.exec(dateText) ?? []
  if (year === undefined) throw wrong(`"${excerpt(text)}" is neither a date nor a time`)
  if (Number(year) < FIRST_YEAR) throw wrong(`the year ${year} is not from ${FIRST_YEAR} to 9999`)
  const date = existingDate(Number(year), Number(month ?? 1), Number(day ?? 1), wrong)
  if (timeText === undefined) {
    const length = day === undefined ? (month === undefined ? { years: 1 } : { months: 1 }) : { days: 1 }
    return { start: startOfDay(date, timeZone), end: startOfDay(date.add(length), timeZone), timeZone }
  }
  if (day === undefined) throw wrong(`"${excerpt(text)}" has a time without a whole date`)
  return readTime(date, timeText, timeZone, wrong)
}

function readTime(date: Temporal.PlainDate, text: string, timeZone: string, wrong: Wrong): Side {
  const [matched, hour, minute, second, fraction = '', zone] = TIME.exec(text) ?? []
  if (matched === undefined) throw wrong(`"T${excerpt(text)}" is not a time`)
  const clock = existingClock(Number(hour), Number(minute ?? 0), Number(second ?? 0), fraction, wrong)
  const ownZone = zone === undefined ? timeZone : readZone(zone, wrong)
  const edge = edgeAt(date, clock, ownZone, wrong)
  const isInstant = second !== undefined || clock.minute % QUARTER_MINUTES === 0
  return { start: edge, end: isInstant ? edge : { ...edge, ms: edge.ms + MINUTE_MS }, timeZone: ownZone }
}

interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** The digits after the decimal sign. */
  readonly fraction: string
}

function edgeAt(date: Temporal.PlainDate, clock: Clock, timeZone: string, wrong: Wrong): Edge {
  const { hour, minute, second, fraction } = clock
  if (hour === 24) return edgeAt(date.add({ days: 1 }), { ...clock, hour: 0 }, timeZone, wrong)
  const local = date.toPlainDateTime({ hour, minute, second: Math.min(second, 59) })
  const ms = local.toZonedDateTime(timeZone).epochMilliseconds
  if (second < 60) return { ms: ms + Number(fraction.slice(0, 3).padEnd(3, '0')), finer: finerPart(fraction) }
  if (!isFollowedByLeapSecond(ms)) throw wrong('there was no leap second then')
  // As parseTimestamp counts it.
  return { ms: ms + SECOND_MS - 1, finer: 0 }
}

/** What the digits after the decimal sign of a second say beyond milliseconds. */
export function finerPart(fraction: string): number {
  return Number(`0.${fraction.slice(3)}`)
}

/** The first instant of a date: midnight, or what comes after it where a zone skips midnight. */
export function startOfDay(date: Temporal.PlainDate, timeZone: string): Edge {
  return { ms: date.toZonedDateTime(timeZone).epochMilliseconds, finer: 0 }
}

function existingDate(year: number, month: number, day: number, wrong: Wrong): Temporal.PlainDate {
  if (month < 1 || month > 12) throw wrong(`there is no month ${month}`)
  const first = new Temporal.PlainDate(year, month, 1)
  if (day < 1 || day > first.daysInMonth) throw wrong(`there is no day ${day} in ${first.toPlainYearMonth()}`)
  return first.with({ day })
}

function existingClock(hour: number, minute: number, second: number, fraction: string, wrong: Wrong): Clock {
  if (minute > 59) throw wrong(`there is no minute ${minute}`)
  if (second > 60) throw wrong(`there is no second ${second}`)
  if (hour > 24) throw wrong(`there is no hour ${hour}`)
  const isWholeHour = minute === 0 && second === 0 && !/[1-9]/.test(fraction)
  if (hour === 24 && !isWholeHour) throw wrong('a day ends with 24:00')
  return { hour, minute, second, fraction }
}

/** `UTC`, or the offset as `+05:30`, however it was written. */
function readZone(text: string, wrong: Wrong): string {
  if (text.toUpperCase() === 'Z') return 'UTC'
  const [hours, minutes] = [text.slice(1, 3), text.slice(3).replace(':', '') || '00']
  if (Number(hours) > 23 || Number(minutes) > 59) throw wrong(`there is no offset ${text}`)
  return `${text[0]}${hours}:${minutes}`
}

/** Enough of a side to know it again in a message. */
function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
