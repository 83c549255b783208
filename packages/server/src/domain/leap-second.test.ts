import { expect, test } from 'vitest'
import { isFollowedByLeapSecond } from './leap-second.ts'

/** What UTC was behind TAI at the start of a year, in seconds (IERS); 10 at the start of 1972. */
test.each([
  [1973, 12],
  [1980, 19],
  [1981, 19],
  [1991, 26],
  [1999, 32],
  [2006, 33],
  [2009, 34],
  [2013, 35],
  [2016, 36],
  [2017, 37],
  [2026, 37],
])('until %d UTC fell %d seconds behind atomic time', (year, behind) => {
  let leapSeconds = 0
  for (let day = Date.UTC(1970, 0); day < Date.UTC(year, 0); day += 86_400_000) {
    if (isFollowedByLeapSecond(day + 86_399_000)) leapSeconds++
  }
  expect(10 + leapSeconds).toBe(behind)
})

test('no second but the last of a day is followed by one', () => {
  const last = Date.parse('2016-12-31T23:59:59Z')
  expect(isFollowedByLeapSecond(last)).toBe(true)
  for (const other of [last - 1000, last + 1000, last - 60_000, last + 1, last - 3_600_000]) {
    expect(isFollowedByLeapSecond(other)).toBe(false)
  }
})
