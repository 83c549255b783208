/**
 * Prefixes of hashes, sorted and packed, each with a tag: about 3.7 bytes a prefix at 100 million in 256 groups. The upper
 * bits of a prefix are told by its place, the lower ones and the tag stand side by side without gaps.
 */
export interface PackedRun {
  readonly count: number
  /** How many bits of a key are kept, its upper ones. */
  readonly precision: number
  /** Where each of 2^bucketBits buckets begins, and the end; after that the packed entries. */
  readonly words: Uint32Array
  readonly bucketBits: number
}

/** A key is a hash's first bits after those that tell its group. */
export const KEY_BITS = 36
export const TAG_BITS = 6
export const TAGS = 2 ** TAG_BITS

const KEYS = 2 ** KEY_BITS
/** With fewer an entry would not fit into 32 bits. */
const LEAST_BUCKET_BITS = KEY_BITS + TAG_BITS - 32
const MOST_BUCKET_BITS = 16
const ENTRIES_A_BUCKET = 8

/** A key and its tag in one number, in the order of keys. */
export function taggedKey(key: number, tag: number): number {
  return key * TAGS + tag
}

/** Without the remainder of a large number, which is slow. */
export function tagOf(taggedKey: number): number {
  return taggedKey - Math.floor(taggedKey / TAGS) * TAGS
}

/** Packs the first `count` of these tagged keys, which are sorted. */
export function packed(keys: Float64Array, count: number, precision: number): PackedRun {
  const bucketBits = bucketBitsFor(count, precision)
  const buckets = 2 ** bucketBits
  const width = precision - bucketBits + TAG_BITS
  const words = new Uint32Array(buckets + 2 + Math.ceil((count * width) / 32))
  const dropped = 2 ** (KEY_BITS - precision)
  const bucketSize = (KEYS / buckets) * TAGS
  let begun = 0
  for (let index = 0; index < count; index++) {
    const key = keys[index] ?? 0
    const bucket = Math.floor(key / bucketSize)
    while (begun <= bucket) words[begun++] = index
    const rest = key - bucket * bucketSize
    const prefix = Math.floor(rest / (TAGS * dropped))
    put(words, buckets + 1, index * width, prefix * TAGS + tagOf(rest), width)
  }
  while (begun <= buckets) words[begun++] = count
  return { count, precision, words, bucketBits }
}

/** Writes the run's tagged keys to `to`, sorted; what was not kept of a key is zero. */
export function unpack(run: PackedRun, to: Float64Array): void {
  const { words, bucketBits, precision } = run
  const buckets = 2 ** bucketBits
  const width = precision - bucketBits + TAG_BITS
  const dropped = 2 ** (KEY_BITS - precision)
  const bucketSize = (KEYS / buckets) * TAGS
  for (let bucket = 0; bucket < buckets; bucket++) {
    const end = words[bucket + 1] ?? 0
    for (let index = words[bucket] ?? 0; index < end; index++) {
      const entry = get(words, buckets + 1, index * width, width)
      const tag = entry & (TAGS - 1)
      to[index] = bucket * bucketSize + (entry >>> TAG_BITS) * dropped * TAGS + tag
    }
  }
}

/**
 * Whether the run may have a key, told as its upper 32 bits and the rest: notes its tags.
 * @param found gets a 1 at each tag with which the key is there.
 */
export function mayHave(run: PackedRun, upper: number, lower: number, found: Uint8Array): boolean {
  const { words, bucketBits, precision } = run
  const buckets = 2 ** bucketBits
  const prefixBits = precision - bucketBits
  const width = prefixBits + TAG_BITS
  const rest = ((upper & ((1 << (32 - bucketBits)) - 1)) << (KEY_BITS - 32)) | lower
  const wanted = rest >>> (KEY_BITS - precision)
  const bucket = upper >>> (32 - bucketBits)
  const begin = words[bucket] ?? 0
  const end = words[bucket + 1] ?? 0
  // Hashes are spread evenly, so that a key is about where its value says.
  let index = begin + Math.floor(((end - begin) * wanted) / 2 ** prefixBits)
  while (index > begin && get(words, buckets + 1, (index - 1) * width, width) >>> TAG_BITS >= wanted) index--
  let isThere = false
  for (; index < end; index++) {
    const entry = get(words, buckets + 1, index * width, width)
    if (entry >>> TAG_BITS < wanted) continue
    if (entry >>> TAG_BITS > wanted) break
    found[entry & (TAGS - 1)] = 1
    isThere = true
  }
  return isThere
}

/** What an entry of a run takes, with its part of the buckets. */
export function bitsOfEntry(count: number, precision: number): number {
  const bucketBits = bucketBitsFor(count, precision)
  return precision - bucketBits + TAG_BITS + (32 * 2 ** bucketBits) / Math.max(1, count)
}

function bucketBitsFor(count: number, precision: number): number {
  const wanted = Math.floor(Math.log2(Math.max(1, count / ENTRIES_A_BUCKET)))
  return Math.max(LEAST_BUCKET_BITS, Math.min(wanted, MOST_BUCKET_BITS, precision))
}

function get(words: Uint32Array, base: number, bit: number, width: number): number {
  const at = base + (bit >>> 5)
  const shift = bit & 31
  const first = (words[at] ?? 0) >>> shift
  const value = shift + width > 32 ? first | ((words[at + 1] ?? 0) << (32 - shift)) : first
  return width === 32 ? value >>> 0 : value & ((1 << width) - 1)
}

/** Into words that are zero there. */
function put(words: Uint32Array, base: number, bit: number, value: number, width: number): void {
  const at = base + (bit >>> 5)
  const shift = bit & 31
  words[at] = (words[at] ?? 0) | (value << shift)
  if (shift + width > 32) words[at + 1] = (words[at + 1] ?? 0) | (value >>> (32 - shift))
}
