/** A media type of an Accept header, in lower case, with its weight. */
interface MediaRange {
  readonly type: string
  readonly quality: number
}

/** Ranges that are looked at; nobody needs more. */
const MOST_RANGES = 32

/**
 * The media type that a caller likes best (RFC 9110 §12.5.1); of those it likes alike the first.
 * @param offered lower case, the default first.
 * @returns undefined when it takes none of them.
 */
export function acceptedType<Offered extends string>(
  header: string | undefined,
  offered: readonly Offered[],
): Offered | undefined {
  if (header === undefined || header.trim() === '') return offered[0]
  const ranges = header.split(',', MOST_RANGES).map(rangeOf)
  let best: { readonly type: Offered; readonly quality: number } | undefined
  for (const type of offered) {
    const quality = qualityOf(type, ranges)
    if (quality > (best?.quality ?? 0)) best = { type, quality }
  }
  return best?.type
}

function rangeOf(text: string): MediaRange {
  const [type = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice('q='.length))
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** The most precise range decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`
  for (const range of [type, family, '*/*']) {
    const found = ranges.find((each) => each.type === range)
    if (found !== undefined) return found.quality
  }
  return 0
}
