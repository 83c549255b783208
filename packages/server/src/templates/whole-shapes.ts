import { OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import { foldPath } from './fold.ts'
import type { PathResolver } from './path-resolver.ts'
import { isCatchAll, isParameter, segmentPattern } from './template-syntax.ts'

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
  const literal = templates.map((template) => template.split('/')).filter((segments) => segments.some(canBeAnId))
  const moves: { from: string; to: string }[] = []
  const ambiguous: string[] = []
  for (const shape of counted) {
    if (own.has(shape) || RESERVED.has(shape) || !isShape(shape)) continue
    const to = resolver.templateOf(`/${shape}`)
    if (to === undefined) continue
    if (literal.some((segments) => mayFitSome(segments, shape.split('/')))) ambiguous.push(shape)
    else moves.push({ from: shape, to })
  }
  return { moves, ambiguous }
}

/** What folding makes: a template that an event brought has names of its own. */
function isShape(value: string): boolean {
  return !/[{}]/.test(value.replaceAll(ID, ''))
}

/** Fits some texts that are folded to {id}, and others not. */
function canBeAnId(segment: string): boolean {
  if (isParameter(segment)) return false
  return segmentPattern(segment) !== undefined || foldPath(segment) !== segment
}

/** Whether the template may fit paths of the shape by a segment that fits only some of its ids. */
function mayFitSome(template: readonly string[], shape: readonly string[]): boolean {
  let isSome = false
  for (const [index, segment] of template.entries()) {
    if (index === template.length - 1 && isCatchAll(segment)) return isSome && shape.length >= template.length
    const ofShape = shape[index]
    if (ofShape === undefined) return false
    if (isParameter(segment)) continue
    const pattern = segmentPattern(segment)
    if (!ofShape.startsWith(ID)) {
      if (pattern === undefined ? segment !== ofShape : !pattern.fits(ofShape)) return false
    } else if (pattern === undefined) {
      if (foldPath(segment) !== ofShape) return false
      isSome = true
    } else if (pattern.shape !== `{}${ofShape.slice(ID.length)}`) isSome = true
  }
  return isSome && shape.length === template.length
}
