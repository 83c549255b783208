import { Refusal, shown } from '../../domain/refusal.ts'
import { type Fields, isFields } from './openapi-document.ts'

/** Where a document has data that is not its own: a `$ref` there is no reference. */
const DATA: ReadonlySet<string> = new Set(['example', 'value', 'default', 'const', 'enum'])
/** References to references; a document may go in circles. */
const MOST_STEPS = 20

/**
 * Refuses a document that refers to another one: nothing is fetched for anybody (decisions.md 25), and without that one
 * paths might be missing.
 */
export function checkReferences(root: Fields): void {
  // YAML's aliases put one object in several places, and without recursion nothing is too deep.
  const seen = new Set<unknown>([root])
  for (const node of seen) {
    if (isFields(node) && typeof node.$ref === 'string' && !node.$ref.startsWith('#')) throw external(node.$ref)
    for (const inner of innerOf(node)) if (typeof inner === 'object' && inner !== null) seen.add(inner)
  }
}

function innerOf(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node
  if (!isFields(node)) return []
  return Object.entries(node)
    .filter(([name]) => !DATA.has(name) && !name.startsWith('x-'))
    .map(([, value]) => value)
}

function external(reference: string): Refusal {
  return new Refusal(
    'constraint.validation',
    'The document refers to another one, [{reference}], and nothing is fetched. Bundle them into one document; a ' +
      '$ref must begin with #.',
    { reference: shown(reference) },
  )
}

/** What a path item refers to within the document, or itself. */
export function resolveReference(root: Fields, item: unknown): unknown {
  let found = item
  for (let step = 0; step < MOST_STEPS; step++) {
    if (!isFields(found) || typeof found.$ref !== 'string') return found
    found = pointedTo(root, found.$ref)
  }
  return found
}

/** RFC 6901, in a fragment. */
function pointedTo(root: Fields, reference: string): unknown {
  let found: unknown = root
  for (const token of decoded(reference.slice(1)).split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    found = isFields(found) && Object.hasOwn(found, name) ? found[name] : undefined
  }
  return found
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
