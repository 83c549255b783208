import { DIMENSIONS, OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import { isLongerThan } from '../domain/text-length.ts'
import { foldPath } from './fold.ts'
import { isNormalPath, normalizePath, withoutLeadingSlash, withoutQuery } from './path.ts'
import { TemplateTrie } from './template-trie.ts'

/** No server takes a request line of this length; a longer path is not worth the work. */
const LONGEST_PATH = 16 * 1024

/** Turns the paths of one organization into its route templates. */
export class PathResolver {
  readonly #trie: TemplateTrie
  #unmatched = 0

  /** @param templates in the form of `normalizeTemplate`. */
  constructor(templates: readonly string[]) {
    this.#trie = new TemplateTrie(templates)
  }

  /** How many of the paths that were resolved fit no template. */
  get unmatched(): number {
    return this.#unmatched
  }

  /**
   * The template under which a call is counted: the one that fits, else the path's folded shape; a 404 that no template
   * fits is `(unmatched)`, a shape longer than a template may be `(overflow)` (decisions.md 4).
   * @param path as it came, with or without query, scheme and leading slash.
   */
  resolve(path: string, status: number): string {
    if (path.length > LONGEST_PATH && withoutQuery(path).length > LONGEST_PATH) return this.#noTemplate(OVERFLOW)
    // `OPTIONS *` asks about the server, not about a path (RFC 9112 §3.2.4).
    if (path === '*') return this.#noTemplate(UNMATCHED)
    const normal = normalizePath(path)
    return this.#trie.find(normal) ?? this.#noTemplate(shapeOf(normal, status))
  }

  /** As `resolve`, of a path that stands in ASCII bytes: one that is normal and fits a template needs no string. */
  resolveAscii(bytes: Buffer, start: number, end: number, status: number): string {
    const found = isNormalPath(bytes, start, end) ? this.#trie.findAscii(bytes, start, end) : undefined
    return found ?? this.resolve(bytes.toString('latin1', start, end), status)
  }

  #noTemplate(countedAs: string): string {
    this.#unmatched++
    return countedAs
  }
}

function shapeOf(normalPath: string, status: number): string {
  if (status === 404) return UNMATCHED
  const shape = foldPath(withoutLeadingSlash(normalPath))
  return isLongerThan(shape, DIMENSIONS.templateUri.longest) ? OVERFLOW : shape
}
