import { OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import { foldPath } from './fold.ts'
import type { PathResolver } from './path-resolver.ts'
import { isCatchAll, isParameter, type SegmentPattern, segmentPattern } from './template-syntax.ts'

const ID = '{id}'
const RESERVED: ReadonlySet<string> = new Set(['', OVERFLOW, UNMATCHED])

export interface WholeShapes {
  /** Shapes whose every path fits that template now, and would have been counted under it. */
  readonly moves: readonly { readonly from: string; readonly to: string }[]
  /** Shapes some of whose paths a more literal template may fit: which calls were those is not known. */
  readonly ambiguous: readonly string[]
}

/**
 * Which folded paths can be counted under a template as a whole (decisions.md 4): the counts of a shape are never split.
 * @param counted values of templateUri that calls were counted under.
 * @param templates the organization's, in the form of `normalizeTemplate`; `resolver` is made of them.
 */
export function wholeShapes(
  counted: readonly string[],
  templates: readonly string[],
  resolver: Pick<PathResolver, 'templateOf'>,
): WholeShapes {
  const own = new Set(templates)
  const literal = templates
    .map(partsOf)
    .filter((parts) => parts.some(({ kind }) => kind === 'id' || kind === 'pattern'))
  const moves: { from: string; to: string }[] = []
  const ambiguous: string[] = []
  for (const shape of counted) {
    if (own.has(shape) || RESERVED.has(shape) || !isShape(shape)) continue
    const to = resolver.templateOf(`/${shape}`)
    if (to === undefined) continue
    if (literal.some((parts) => mayFitSome(parts, shape.split('/')))) ambiguous.push(shape)
    else moves.push({ from: shape, to })
  }
  return { moves, ambiguous }
}

/** What folding makes: a template that an event brought has names of its own. */
function isShape(value: string): boolean {
  return !/[{}]/.test(value.replaceAll(ID, ''))
}

/** A segment of a template; `id` is a literal that looks like one, and so fits some of what is folded, and not others. */
type Part =
  | { readonly kind: 'parameter' }
  | { readonly kind: 'catchAll' }
  | { readonly kind: 'literal' | 'id'; readonly text: string; readonly folded: string }
  | { readonly kind: 'pattern'; readonly pattern: SegmentPattern }

function partsOf(template: string): readonly Part[] {
  return template.split('/').map((segment, index, { length }): Part => {
    if (index === length - 1 && isCatchAll(segment)) return { kind: 'catchAll' }
    if (isParameter(segment)) return { kind: 'parameter' }
    const pattern = segmentPattern(segment)
    if (pattern !== undefined) return { kind: 'pattern', pattern }
    const folded = foldPath(segment)
    return { kind: folded === segment ? 'literal' : 'id', text: segment, folded }
  })
}

/** Whether the template may fit paths of the shape by a segment that fits only some of its ids. */
function mayFitSome(template: readonly Part[], shape: readonly string[]): boolean {
  let isSome = false
  for (const [index, part] of template.entries()) {
    const ofShape = shape[index]
    if (ofShape === undefined) return false
    if (part.kind === 'catchAll') return isSome
    if (part.kind === 'parameter') continue
    const isId = ofShape.startsWith(ID)
    if (part.kind === 'pattern') {
      if (!isId && !part.pattern.fits(ofShape)) return false
      isSome ||= isId && part.pattern.shape !== `{}${ofShape.slice(ID.length)}`
    } else {
      if ((isId ? part.folded : part.text) !== ofShape) return false
      isSome ||= isId
    }
  }
  return isSome && shape.length === template.length
}
