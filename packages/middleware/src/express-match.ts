import type { ExpressLayer } from './express-layer.ts'

/** What a layer makes of a path. */
export interface Matched {
  /** The part of the path that it fits: for a mount, what is cut off. */
  readonly path: string
  /** As it was given to `use` or `get`, such as `/orgs/:org`. */
  readonly pattern: string
}

const PROBE = 'rm-probe-0'

/** Undefined where the layer does not fit, or where its pattern is a RegExp and can name nothing. */
export function matchedBy(layer: ExpressLayer, path: string): Matched | undefined {
  const match = matchOf(layer, path)
  if (match === undefined) return undefined
  const { given = layer.route?.path } = match
  if (typeof given === 'string') return { path: match.path, pattern: given }
  if (given !== undefined && !Array.isArray(given)) {
    return layer.route === undefined ? { path: match.path, pattern: literal(match.path) } : undefined
  }
  return { path: match.path, pattern: probedPattern(layer, match.path, match.params) }
}

interface Match {
  readonly path: string
  readonly params: Readonly<Record<string, unknown>>
  /** The pattern, from router 2.3 on. */
  readonly given: unknown
}

function matchOf(layer: ExpressLayer, path: string): Match | undefined {
  try {
    const match = layer.match(path)
    if (match === true) return { path: layer.path ?? '', params: layer.params ?? {}, given: undefined }
    return typeof match === 'object' && match !== null
      ? { path: '', params: {}, ...match, given: 'pattern' in match ? match.pattern : undefined }
      : undefined
  } catch {
    // A path that cannot be decoded.
    return undefined
  }
}

/**
 * The pattern of a layer that keeps none (Express 4, and 5 with a router before 2.3): a segment in whose place another
 * one fits too, and comes back as a parameter, is that parameter.
 */
function probedPattern(layer: ExpressLayer, path: string, params: Match['params']): string {
  if (Object.keys(params).length === 0) return literal(path)
  const segments = path.split('/')
  return segments.map((segment, index) => parameterAt(layer, segments, index) ?? literal(segment)).join('/')
}

function parameterAt(layer: ExpressLayer, segments: readonly string[], index: number): string | undefined {
  if (segments[index] === '') return undefined
  // A parameter may take numbers only.
  for (const probe of [PROBE, '7303014']) {
    const params = matchOf(layer, segments.with(index, probe).join('/'))?.params ?? {}
    const name = Object.keys(params).find((key) => params[key] === probe)
    if (name !== undefined) return `:${name}`
  }
  return undefined
}

/** Characters that a pattern gives a meaning are escaped. */
function literal(text: string): string {
  return text.replace(/[:*?+(){}[\]!\\]/g, '\\$&')
}
