import { DAY_MS, floorTo } from './bucket.ts'

/** The UTC days that ended with a second 23:59:60 (IERS Bulletin C). */
const DAYS_WITH_LEAP_SECOND: ReadonlySet<number> = new Set(
  [
    '1972-06-30 1972-12-31 1973-12-31 1974-12-31 1975-12-31 1976-12-31 1977-12-31 1978-12-31 1979-12-31',
    '1981-06-30 1982-06-30 1983-06-30 1985-06-30 1987-12-31 1989-12-31 1990-12-31 1992-06-30 1993-06-30',
    '1994-06-30 1995-12-31 1997-06-30 1998-12-31 2005-12-31 2008-12-31 2012-06-30 2015-06-30 2016-12-31',
  ]
    .flatMap((line) => line.split(' '))
    .map((day) => Date.parse(day)),
)

/**
 * Whether a leap second came right after the second that starts at `ms`.
 * @param ms the instant :59 of a minute, milliseconds since 1970.
 */
export function isFollowedByLeapSecond(ms: number): boolean {
  const day = floorTo(ms, DAY_MS)
  return ms === day + DAY_MS - 1000 && DAYS_WITH_LEAP_SECOND.has(day)
}
