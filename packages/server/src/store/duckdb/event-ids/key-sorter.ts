const KEYS_A_BUCKET = 4

/** Sorts numbers that are spread evenly, some ten times as quickly as the engine does; keeps its room for the next time. */
export class KeySorter {
  #sorted = new Float64Array(0)
  #ends = new Int32Array(0)

  /**
   * @param limit all of the first `count` keys are from 0 to less than this.
   * @returns them sorted, until the next call.
   */
  sort(keys: Float64Array, count: number, limit: number): Float64Array {
    const buckets = Math.ceil(count / KEYS_A_BUCKET)
    this.#reserve(count, buckets)
    const sorted = this.#sorted
    const ends = this.#ends
    const scale = buckets / limit
    for (let index = 0; index < count; index++) {
      const bucket = ((keys[index] ?? 0) * scale) | 0
      ends[bucket] = (ends[bucket] ?? 0) + 1
    }
    for (let bucket = 1; bucket < buckets; bucket++) ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0)
    for (let index = count - 1; index >= 0; index--) {
      const key = keys[index] ?? 0
      const bucket = (key * scale) | 0
      const at = (ends[bucket] ?? 0) - 1
      ends[bucket] = at
      sorted[at] = key
    }
    sortNearlySorted(sorted, count)
    return sorted
  }

  #reserve(count: number, buckets: number): void {
    if (this.#sorted.length < count) this.#sorted = new Float64Array(Math.ceil(count * 1.25))
    if (this.#ends.length < buckets) this.#ends = new Int32Array(Math.ceil(buckets * 1.25))
    else this.#ends.fill(0, 0, buckets)
  }
}

function sortNearlySorted(keys: Float64Array, count: number): void {
  for (let index = 1; index < count; index++) {
    const key = keys[index] ?? 0
    let at = index
    while (at > 0 && (keys[at - 1] ?? 0) > key) {
      keys[at] = keys[at - 1] ?? 0
      at--
    }
    keys[at] = key
  }
}
