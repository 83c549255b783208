import { type Document, isCollection, parseDocument, visit } from 'yaml'
import { Refusal } from '../../domain/refusal.ts'

/** Aliases repeat what they name: a few that name each other make gigabytes (decisions.md 25). */
const MOST_ALIASES = 1_000
/** How often an alias may be resolved, counting the aliases within it. */
const MOST_REPEATED = 10_000
const MOST_DEPTH = 100

/**
 * A YAML 1.2 document as plain values; aliases and depth are limited.
 * @throws Refusal bad.request saying where it cannot be read.
 */
export function parseYamlDocument(text: string): unknown {
  try {
    // Comparing all keys of a mapping with each other takes minutes for a large one.
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', prettyErrors: true })
    const [error] = document.errors
    // The library recurses into what is nested, and takes that for a mistake in the text.
    if (error?.message.includes('call stack')) throw nestedTooDeep()
    if (error !== undefined) throw notYaml(error.message)
    checkLimits(document)
    return document.toJS({ maxAliasCount: MOST_REPEATED })
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (error instanceof RangeError) throw nestedTooDeep()
    throw notYaml(error instanceof Error ? error.message : '')
  }
}

function checkLimits(document: Document.Parsed): void {
  let aliases = 0
  visit(document, {
    Alias() {
      aliases++
      if (aliases <= MOST_ALIASES) return undefined
      throw new Refusal('bad.request', 'The document has more than the allowed {most} YAML aliases.', {
        most: String(MOST_ALIASES),
      })
    },
    Collection(_key, _node, path) {
      if (path.filter(isCollection).length >= MOST_DEPTH) throw nestedTooDeep()
    },
  })
}

function nestedTooDeep(): Refusal {
  return new Refusal('bad.request', 'The document is nested deeper than the allowed {most} levels.', {
    most: String(MOST_DEPTH),
  })
}

function notYaml(message: string): Refusal {
  const reason = message.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 200)
  return new Refusal('bad.request', 'The document is not YAML that can be read: {reason}', { reason })
}
