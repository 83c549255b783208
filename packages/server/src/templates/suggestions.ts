const ID = '{id}'
/** So many different texts at one place of otherwise equal paths are hardly words of the API. */
const LEAST_VALUES = 10
const EXAMPLES = 3

export interface Suggestion {
  /** A template that would fit all of them. */
  readonly templateUri: string
  /** How many different texts stand where its parameter is. */
  readonly values: number
  readonly examples: readonly string[]
  readonly calls: number
}

interface Group {
  readonly values: Set<string>
  readonly templateUri: string
  calls: number
}

/**
 * Parameters that folding cannot see: names, slugs, words. They are suggested to people and never folded by themselves,
 * because the result must not depend on what came first (decisions.md 4).
 */
export function suggestionsOf(
  paths: readonly { readonly shape: string; readonly calls: number; readonly notFound: number }[],
): readonly Suggestion[] {
  const groups = new Map<string, Group>()
  for (const { shape, calls, notFound } of paths) {
    // What was never found is no path of the API.
    if (calls === notFound) continue
    const segments = shape.split('/')
    for (const [index, value] of segments.entries()) {
      if (index === 0 || value.startsWith(ID)) continue
      const key = segments.with(index, '\0').join('/')
      const templateUri = segments.with(index, parameterAfter(segments[index - 1] ?? '')).join('/')
      const group = groups.get(key) ?? { values: new Set<string>(), calls: 0, templateUri }
      group.values.add(value)
      group.calls += calls - notFound
      groups.set(key, group)
    }
  }
  return [...groups.values()]
    .filter(({ values }) => values.size >= LEAST_VALUES)
    .map(({ templateUri, values, calls }) => {
      return { templateUri, values: values.size, calls, examples: [...values].sort().slice(0, EXAMPLES) }
    })
    .sort((a, b) => b.calls - a.calls || (a.templateUri < b.templateUri ? -1 : 1))
}

/** `users` are followed by a `{userId}`. */
function parameterAfter(segment: string): string {
  const word = /^[a-z]+$/i.test(segment) ? segment.replace(/ies$/i, 'y').replace(/([^s])s$/i, '$1') : ''
  return word === '' ? '{name}' : `{${word}Id}`
}
