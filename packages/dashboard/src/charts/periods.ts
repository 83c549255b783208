import type { UsageTableRow } from '@routemeter/client'

/** Rows of several groups and periods, as lines over the same times. */
export interface Lines {
  /** Seconds since 1970, in order: the starts of all periods that any group has. */
  readonly times: readonly number[]
  readonly byGroup: ReadonlyMap<string, readonly UsageTableRow[]>
  /** A group's values, 0 in periods in which it had no call. */
  values(group: string, metricOf: (row: UsageTableRow) => number | null | undefined): readonly number[]
}

/**
 * @param step seconds from one period to the next, where they are all as long: a period in which nobody called has no
 *   row, and is 0 all the same.
 */
export function linesOf(
  rows: readonly UsageTableRow[],
  groupOf: (row: UsageTableRow) => string,
  step: number | undefined,
): Lines {
  const found = [...new Set(rows.map(({ time = '' }) => Date.parse(time) / 1000))].sort((a, b) => a - b)
  const times = step === undefined ? found : filled(found, step)
  const places = new Map(times.map((time, place) => [time, place]))
  const byGroup = Map.groupBy(rows, groupOf)
  return {
    times,
    byGroup,
    values(group, metricOf) {
      const values = times.map(() => 0)
      for (const row of byGroup.get(group) ?? []) {
        const place = places.get(Date.parse(row.time ?? '') / 1000)
        if (place !== undefined) values[place] = metricOf(row) ?? 0
      }
      return values
    },
  }
}

const MOST_PERIODS = 3_000

function filled(times: readonly number[], step: number): readonly number[] {
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined || (last - first) / step > MOST_PERIODS) return times
  return Array.from({ length: Math.round((last - first) / step) + 1 }, (_, place) => first + place * step)
}

/** Seconds; undefined for periods whose length a calendar says. */
export function stepOf(granularity: string | undefined): number | undefined {
  return { Minute: 60, Minute15: 900, Hour: 3600 }[granularity ?? '']
}
