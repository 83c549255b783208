import { normalizePath, withoutLeadingSlash } from './path.ts'

/** A template that is not yet as it is kept: another parameter syntax, or something that a path would lose too. */
const NOT_KEPT_LIKE_THIS = /^$|^[/.:<]|[%?#*]|\/[/.:<]|\/$|:\/\/|\.{3}\}|\{\/|\(\./

/**
 * A route template as it is kept: parameters written `{id}`, a catch-all at its end `{rest+}`, otherwise normalized as a
 * path is, so that it meets the paths it stands for; without a leading slash, the root as `/` (sources.md, "Paths").
 */
export function normalizeTemplate(template: string): string {
  if (!NOT_KEPT_LIKE_THIS.test(template)) return template
  const segments = withoutOptionals(template).replace(/\/+$/, '').split('/').map(withBraces).map(withCatchAll)
  return withoutLeadingSlash(normalizePath(segments.join('/')))
}

/** Express 5’s optional `{/:id}` and Rails’ optional `(.:format)`: what they leave out is found without a template. */
function withoutOptionals(template: string): string {
  return template.replace(/\{\/([^{}]*)\}/g, '/$1').replace(/\(\.:?\w+\)$/, '')
}

/** `:id` with what may follow it in Express and Fastify: an expression for it, an optional mark; `::` is a colon. */
const COLON_PARAMETER = /::|:(\w+)(?:\((?:[^()]|\([^()]*\))*\))?\??/g

/**
 * `:id` (Express, Fastify, Rails), where it begins the segment, also several in one (`:from-:to`, `:file.json`); `<id>`
 * and `<int:id>` (Flask), where they are the whole segment.
 */
function withBraces(segment: string): string {
  const flask = /^<(?:(\w+):)?(\w+)>$/.exec(segment)
  if (flask !== null) return flask[1] === 'path' ? `{${flask[2]}+}` : `{${flask[2]}}`
  const many = /^:(\w+)(?:\(\.\*\)|[*+])$/.exec(segment)?.[1]
  if (many !== undefined) return `{${many}+}`
  if (!/^:\w/.test(segment)) return segment
  return segment.replace(COLON_PARAMETER, (_, name: string | undefined) => (name === undefined ? ':' : `{${name}}`))
}

/**
 * What stands for all the rest of a path: `*` and `*rest` (Express, Fastify), `{proxy+}` (AWS), `{*rest}`, `{rest...}`.
 * Where it is not the last segment it stands for one.
 */
function withCatchAll(segment: string, index: number, { length }: readonly string[]): string {
  const name =
    /^\*{1,2}(\w*)$/.exec(segment)?.[1] ??
    /^\{\*{1,2}(\w+)\}$/.exec(segment)?.[1] ??
    /^\{([^{}*+.]+)(?:[*+]|\.{3})\}$/.exec(segment)?.[1]
  if (name === undefined) return segment
  return index === length - 1 ? `{${name || 'rest'}+}` : `{${name || 'rest'}}`
}

/** A segment that is one parameter and nothing else. */
export function isParameter(segment: string): boolean {
  return /^\{[^{}]+\}$/.test(segment)
}

/** A last segment that stands for one segment or more. */
export function isCatchAll(segment: string): boolean {
  return /^\{[^{}]+\+\}$/.test(segment)
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
