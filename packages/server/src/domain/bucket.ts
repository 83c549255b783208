/** Lengths of time in milliseconds, and moving an instant to the edge of a whole one (UTC). */
export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const QUARTER_MS = 15 * MINUTE_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** The last multiple of `size` at or before `ms`; instants before 1970 are right too. */
export function floorTo(ms: number, size: number): number {
  return Math.floor(ms / size) * size
}

/** The first multiple of `size` at or after `ms`. */
export function ceilTo(ms: number, size: number): number {
  return Math.ceil(ms / size) * size
}
