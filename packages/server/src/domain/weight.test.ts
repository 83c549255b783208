import { expect, test } from 'vitest'
import { EventReject } from './event-reject.ts'
import { MOST_CALLS, readWeight } from './weight.ts'

const FIELDS = { calls: 'request_count', durations: 'response_times' }
const read = (calls: unknown, durations: readonly (readonly [unknown, unknown])[] = []) =>
  readWeight({ calls, durations }, FIELDS)

test('a weight is a count of calls and, of some of them, durations in whole microseconds', () => {
  expect(
    read(10, [
      [0, 2],
      [12.3456, 3],
      [10, 0],
    ]),
  ).toEqual({
    calls: 10,
    durations: [
      { micros: 0, calls: 2 },
      { micros: 12_346, calls: 3 },
    ],
  })
  expect(read(MOST_CALLS)).toEqual({ calls: MOST_CALLS, durations: [] })
  expect(read(MOST_CALLS, [[9_000, MOST_CALLS]])).toMatchObject({ calls: MOST_CALLS })
})

test.each<[string, unknown, readonly (readonly [unknown, unknown])[]]>([
  ['request_count', 0, []],
  ['request_count', 1.5, []],
  ['request_count', '3', []],
  ['request_count', undefined, []],
  ['request_count', MOST_CALLS + 1, []],
  ['response_times', 1, [[10, 2]]],
  ['response_times', 1, [[-10, 1]]],
  ['response_times', 1, [[Number.NaN, 1]]],
  ['response_times', 1, [['ten', 1]]],
  ['response_times', 1, [[10, '1']]],
  ['response_times', 1, [[10, -1]]],
  ['response_times', 1, [[2_592_000_001, 1]]],
  // 285 years in all are more than are added up exactly.
  ['response_times', MOST_CALLS, [[10_000, MOST_CALLS]]],
])('one whose %s is wrong is a reject that names it', (field, calls, durations) => {
  const reject = read(calls, durations)
  expect(reject).toBeInstanceOf(EventReject)
  expect(reject).toMatchObject({ code: 'invalid.value', message: expect.stringContaining(`[${field}]`) })
})
