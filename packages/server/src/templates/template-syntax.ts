import { normalizePath, withoutLeadingSlash } from './path.ts'

/** A template that is not yet as it is kept: another parameter syntax, or something that a path would lose too. */
const NOT_KEPT_LIKE_THIS = /^$|^[/.:<]|[%?#]|\/[/.:<]|\/$|:\/\//

/**
 * A route template as it is kept: `:id` and `<id>` segments written `{id}`, otherwise normalized as a path is, so that
 * it meets the paths it stands for; without a leading slash, the root as `/` (sources.md, "Paths").
 */
export function normalizeTemplate(template: string): string {
  if (!NOT_KEPT_LIKE_THIS.test(template)) return template
  return withoutLeadingSlash(normalizePath(template.split('/').map(withBraces).join('/')))
}

/** `:id` and the optional `:id?` (Express, Fastify), `<id>` and `<int:id>` (Flask), where they are the whole segment. */
function withBraces(segment: string): string {
  const name = /^:(\w+)\??$/.exec(segment)?.[1] ?? /^<(?:\w+:)?(\w+)>$/.exec(segment)?.[1]
  return name === undefined ? segment : `{${name}}`
}

/** A segment that is one parameter and nothing else. */
export function isParameter(segment: string): boolean {
  return /^\{[^{}]+\}$/.test(segment)
}

/** A segment of parameters and literal text, such as `{id}:activate`. A parameter stands for a character or more. */
export interface SegmentPattern {
  /** The segment without its parameters' names: two of the same shape fit the same segments. */
  readonly shape: string
  /** How many of its characters are literal. */
  readonly literalLength: number
  fits(segment: string): boolean
}

/** Undefined for a segment without parameters. */
export function segmentPattern(segment: string): SegmentPattern | undefined {
  const literals = segment.split(/\{[^{}]+\}/)
  const first = literals.shift() ?? ''
  const last = literals.pop()
  if (last === undefined) return undefined
  return {
    shape: [first, ...literals, last].join('{}'),
    literalLength: first.length + literals.join('').length + last.length,
    fits: (text) =>
      text.startsWith(first) && text.endsWith(last) && endOf(literals, text, first.length) < text.length - last.length,
  }
}

/** Where the literals end that follow one another after `start`, a parameter before each; Infinity where they do not. */
function endOf(literals: readonly string[], text: string, start: number): number {
  let end = start
  for (const literal of literals) {
    // The leftmost place leaves the most room for what comes behind it.
    const at = text.indexOf(literal, end + 1)
    if (at < 0) return Number.POSITIVE_INFINITY
    end = at + literal.length
  }
  return end
}
