/**
 * Prefixes of hashes, sorted and packed, each with a tag: about 3.7 bytes a prefix at 100 million in 256 groups. The upper
 * bits of a prefix are told by its place, the lower ones and the tag stand side by side without gaps.
 */
export interface PackedRun {
  readonly count: number
  /** How many bits of a key are kept, its upper ones. */
  readonly precision: number
  /** Where each of 2^bucketBits buckets begins, and the end; after that the packed entries. */
  readonly words: Int32Array<ArrayBuffer>
  readonly bucketBits: number
  /** How many of the prefixes have each tag. */
  readonly tags: Int32Array<ArrayBuffer>
  readonly layout: Layout
}

/** What a look-up needs, worked out once. */
interface Layout {
  /** Where the entries begin. */
  readonly base: number
  /** Bits of an entry, and as many ones. */
  readonly width: number
  readonly mask: number
  readonly prefixScale: number
}

/** A key is a hash's first bits after those that tell its group. */
export const KEY_BITS = 36
const TAG_BITS = 6
export const TAGS = 2 ** TAG_BITS

const KEYS = 2 ** KEY_BITS
/** With fewer an entry would not fit into 32 bits. */
const LEAST_BUCKET_BITS = KEY_BITS + TAG_BITS - 32
const MOST_BUCKET_BITS = 16
const ENTRIES_A_BUCKET = 8
const PART_OF_A_WORD = 2 ** -32

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
  const layout = layoutOf(bucketBits, precision)
  const { base, width } = layout
  const words = new Int32Array(wordsOf(count, layout))
  const tags = new Int32Array(TAGS)
  const dropped = TAGS * 2 ** (KEY_BITS - precision)
  const bucketSize = (KEYS * TAGS) / 2 ** bucketBits
  let begun = 0
  for (let index = 0; index < count; index++) {
    const key = keys[index] ?? 0
    const bucket = Math.floor(key / bucketSize)
    while (begun <= bucket) words[begun++] = index
    const rest = key - bucket * bucketSize
    const tag = tagOf(rest)
    tags[tag] = (tags[tag] ?? 0) + 1
    put(words, base, index * width, Math.floor(rest / dropped) * TAGS + tag, width)
  }
  while (begun < base) words[begun++] = count
  return { count, precision, words, bucketBits, tags, layout }
}

/** A run that was packed before, from what is kept of it. @returns undefined when the words cannot be its. */
export function restored(
  { precision, bucketBits, tags }: Pick<PackedRun, 'precision' | 'bucketBits' | 'tags'>,
  words: Int32Array<ArrayBuffer>,
): PackedRun | undefined {
  const count = tags.reduce((sum, ids) => sum + ids, 0)
  const layout = layoutOf(bucketBits, precision)
  return words.length === wordsOf(count, layout) ? { count, precision, words, bucketBits, tags, layout } : undefined
}

/** Writes the run's tagged keys to `to`, sorted; what was not kept of a key is zero. */
export function unpack(run: PackedRun, to: Float64Array): void {
  const { words, bucketBits, precision } = run
  const { base, width, mask } = run.layout
  const dropped = TAGS * 2 ** (KEY_BITS - precision)
  const bucketSize = (KEYS * TAGS) / 2 ** bucketBits
  for (let bucket = 0; bucket < base - 1; bucket++) {
    const end = words[bucket + 1] ?? 0
    for (let index = words[bucket] ?? 0; index < end; index++) {
      const entry = entryAt(words, base, index * width, mask)
      to[index] = bucket * bucketSize + (entry >>> TAG_BITS) * dropped + (entry & (TAGS - 1))
    }
  }
}

/**
 * Whether the run may have a key, told as its upper 32 bits and the rest: notes its tags.
 * @param found gets a 1 at each tag with which the key is there.
 */
export function mayHave(run: PackedRun, upper: number, lower: number, found: Uint8Array): boolean {
  const { words, bucketBits, precision } = run
  const { base, width, mask, prefixScale } = run.layout
  const bucket = upper >>> (32 - bucketBits)
  const begin = words[bucket] ?? 0
  const end = words[bucket + 1] ?? 0
  if (begin === end) return false
  const rest = ((upper & ((1 << (32 - bucketBits)) - 1)) << (KEY_BITS - 32)) | lower
  const wanted = rest >>> (KEY_BITS - precision)
  // Hashes are spread evenly, so that a key is about where its value says.
  let index = begin + (((end - begin) * wanted * prefixScale) | 0)
  while (index > begin && entryAt(words, base, (index - 1) * width, mask) >>> TAG_BITS >= wanted) index--
  let isThere = false
  for (; index < end; index++) {
    const entry = entryAt(words, base, index * width, mask)
    const prefix = entry >>> TAG_BITS
    if (prefix < wanted) continue
    if (prefix > wanted) break
    found[entry & (TAGS - 1)] = 1
    isThere = true
  }
  return isThere
}

/** Reads about where a key would be, so that it is at hand when it is looked up. */
export function touch(run: PackedRun, upper: number): number {
  const { base, width } = run.layout
  const about = base + ((upper * PART_OF_A_WORD * run.count * width) >>> 5)
  return (run.words[upper >>> (32 - run.bucketBits)] ?? 0) ^ (run.words[about] ?? 0)
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

function layoutOf(bucketBits: number, precision: number): Layout {
  const width = precision - bucketBits + TAG_BITS
  const mask = width === 32 ? -1 : (1 << width) - 1
  return { base: 2 ** bucketBits + 1, width, mask, prefixScale: 2 ** (bucketBits - precision) }
}

function wordsOf(count: number, { base, width }: Layout): number {
  return base + 1 + Math.ceil((count * width) / 32)
}

function entryAt(words: Int32Array, base: number, bit: number, mask: number): number {
  const at = base + (bit >>> 5)
  const shift = bit & 31
  // In two steps, because shifting by 32 shifts by nothing.
  return (((words[at] ?? 0) >>> shift) | (((words[at + 1] ?? 0) << 1) << (31 - shift))) & mask
}

/** Into words that are zero there. */
function put(words: Int32Array, base: number, bit: number, value: number, width: number): void {
  const at = base + (bit >>> 5)
  const shift = bit & 31
  words[at] = (words[at] ?? 0) | (value << shift)
  if (shift + width > 32) words[at + 1] = (words[at + 1] ?? 0) | (value >>> (32 - shift))
}
