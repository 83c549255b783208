import type { ErrorKind } from './reports.ts'

const FIRST_MS = 500
const LONGEST_MS = 30_000
const LONGEST_RETRY_AFTER_MS = 10 * 60_000

/**
 * Milliseconds from a failed attempt to the next. Senders that failed together must not come back together, so a part of
 * it is left to chance.
 * @param failures in a row, this one included.
 * @param retryAfterMs what the server asked for; never undercut, up to ten minutes.
 * @param chance from 0 to 1.
 */
export function pauseMs(
  kind: ErrorKind,
  failures: number,
  retryAfterMs: number | undefined,
  chance = Math.random(),
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) + chance * FIRST_MS
  // A wrong key or address is put right by a person.
  const isSetting = kind === 'unauthorized' || kind === 'refused'
  const backoff = isSetting ? LONGEST_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  return backoff * (0.5 + chance / 2)
}
