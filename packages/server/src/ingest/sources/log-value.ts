const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const WITH_UNIT = /^(\d+(?:\.\d+)?) ?(ns|us|µs|μs|ms|s|m|h)$/
const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** A value of a log as text: undefined where it is missing, which logs write as nothing or as `-`. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value === '-' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  // A header that came twice means the same as one with a comma (RFC 9110 §5.3).
  const texts = value.map((item) => (Array.isArray(item) ? undefined : textOf(item)))
  const told = texts.filter((text) => text !== undefined)
  return told.length === 0 ? undefined : told.join(', ')
}

/** A value of a log as a number, which may stand there as text; NaN where there is none. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (Array.isArray(value) && value.length === 1) return numberOf(value[0])
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN
}

/**
 * A value of a log as a duration in milliseconds; NaN where there is none.
 * @param unit milliseconds of the unit that a bare number is in; a text may name its own.
 */
export function durationOf(value: unknown, unit: number): number {
  const number = numberOf(value)
  if (!Number.isNaN(number)) return microseconds(number * unit)
  const [, digits, name = ''] = (typeof value === 'string' && WITH_UNIT.exec(value)) || []
  return digits === undefined ? Number.NaN : microseconds(Number(digits) * (MILLISECONDS[name] ?? Number.NaN))
}

/** Milliseconds to the microsecond that is kept: 0.0417 s times 1000 is 41.699999999999996. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
