/**
 * A mergeable histogram of durations (decisions.md 3, issue 3): the count of each slot. Slots are log-linear over whole
 * microseconds: each value below `EXACT_SLOTS` has its own; from there every octave [2^k, 2^(k+1)) is cut into
 * `SUB_BUCKETS` slots of equal width. A slot's value is in its middle, so that every nearest-rank percentile is at most
 * 1/64 (1.57 %) off. Merging is adding the counts of equal slots; what is merged in which order makes no difference.
 *
 * For SQL, with whole division: slot < EXACT_SLOTS ? slot : (2 * (slot % SUB_BUCKETS + SUB_BUCKETS) + 1) *
 * 2^(slot / SUB_BUCKETS - 2), in 64-bit integers.
 */
export const SUB_BUCKETS = 32
export const EXACT_SLOTS = 2 * SUB_BUCKETS
/** 30 days, the longest duration that is counted. */
export const LONGEST_MICROS = 30 * 86_400 * 1_000_000
/** How far a percentile may be from the exact one, as a fraction of that. */
export const RELATIVE_ERROR = 1 / 64

const LOG2_SUB_BUCKETS = 5
const POWERS = Float64Array.from({ length: 48 }, (_, exponent) => 2 ** exponent)

/**
 * The slot of a duration in whole microseconds from 0 to LONGEST_MICROS; never falls when the duration grows.
 * @throws RangeError for anything else: durations are checked where events come in.
 */
export function slotOf(micros: number): number {
  if (!Number.isInteger(micros) || micros < 0 || micros > LONGEST_MICROS) {
    throw new RangeError(`no duration in whole microseconds: ${micros}`)
  }
  if (micros < EXACT_SLOTS) return micros
  const shift = highestBit(micros) - LOG2_SUB_BUCKETS
  // Dividing by a power of two is exact in doubles, other than a shift it is so beyond 32 bits too.
  return shift * SUB_BUCKETS + Math.floor(micros / (POWERS[shift] ?? 1))
}

/** The duration in whole microseconds that stands for a slot; it lies in that slot itself. */
export function slotValue(slot: number): number {
  if (slot < EXACT_SLOTS) return slot
  const shift = Math.floor(slot / SUB_BUCKETS) - 1
  const least = ((slot % SUB_BUCKETS) + SUB_BUCKETS) * 2 ** shift
  return least + 2 ** (shift - 1)
}

export const LAST_SLOT = slotOf(LONGEST_MICROS)

/**
 * The nearest-rank percentile: the value of the first slot at which ceil(fraction * n) of the n values are reached.
 * @param counts how many values each slot has; merge histograms by adding their counts.
 * @param fraction 0 to 1, to six digits.
 * @returns microseconds; undefined without any value.
 */
export function percentileOf(counts: ReadonlyMap<number, number>, fraction: number): number | undefined {
  let left = percentileRank(
    [...counts.values()].reduce((sum, count) => sum + count, 0),
    fraction,
  )
  for (const slot of [...counts.keys()].sort((a, b) => a - b)) {
    left -= counts.get(slot) ?? 0
    if (left <= 0 && counts.get(slot)) return slotValue(slot)
  }
  return undefined
}

const FRACTION_SCALE = 1_000_000

/** ceil(fraction * count), at least 1, exact: in doubles 0.07 * 100 is more than 7. `fraction` has at most six digits. */
export function percentileRank(count: number, fraction: number): number {
  const scaled = BigInt(count) * BigInt(Math.round(fraction * FRACTION_SCALE))
  const scale = BigInt(FRACTION_SCALE)
  return Math.max(1, Number((scaled + scale - 1n) / scale))
}

/** The position of the highest bit that is set, for integers from 1 to 2^53 - 1. */
function highestBit(value: number): number {
  const high = Math.floor(value / 2 ** 32)
  return high === 0 ? 31 - Math.clz32(value) : 63 - Math.clz32(high)
}
