import type { FieldMap } from './event-fields.ts'
import { isJwtClaim } from './jwt-claim.ts'

const VALUE = /(?:([\w.-]+)=)?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/g
const CLAIM_PREFIX = 'jwt:'

/** What people put behind a known log format: `name=value` by its name, other values by their place. */
export interface TrailingValues {
  readonly inOrder: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

/** Texts in quotes without them; escapes are the format's own. */
export function trailingValues(text: string, decode: (text: string) => string): TrailingValues {
  const inOrder: string[] = []
  const named = new Map<string, string>()
  for (const [, name, quoted, bare = ''] of text.matchAll(VALUE)) {
    const value = decode(quoted ?? bare)
    if (name === undefined) inOrder.push(value)
    else named.set(name, value)
  }
  return { inOrder, named }
}

/**
 * Finds a value by a name that the format itself has not: `name=value`, or else by its place. The names of a field map
 * that are nowhere else are those of the last values, in the map's order, as people add to a log format at its end.
 * @param added the names that the map has and the format has not.
 */
export function trailingValue(
  { inOrder, named }: TrailingValues,
  added: readonly string[],
  name: string,
): string | undefined {
  const value = named.get(name)
  if (value !== undefined) return value
  const unnamed = added.filter((other) => !named.has(other))
  const index = unnamed.indexOf(name)
  return index < 0 ? undefined : inOrder[inOrder.length - unnamed.length + index]
}

/** The log variables that a field map names, those of claims' headers included, each once. */
export function mappedNames(map: FieldMap): readonly string[] {
  return [...new Set(Object.values(map).map((name) => (isJwtClaim(name) ? headerOf(name) : name)))]
}

function headerOf(claim: string): string {
  const header = claim.slice(CLAIM_PREFIX.length).split('.')[0] ?? ''
  return `http_${header.toLowerCase().replaceAll('-', '_')}`
}
