import { DIMENSIONS, OVERFLOW, UNMATCHED } from '../domain/catalogue.ts'
import { isLongerThan } from '../domain/text-length.ts'
import { foldPath } from './fold.ts'
import { normalizePath, withoutLeadingSlash, withoutQuery } from './path.ts'
import { TemplateTrie } from './template-trie.ts'
import type { ShapeSample } from './unmatched-paths.ts'

/** No server takes a request line of this length; a longer path is not worth the work. */
const LONGEST_PATH = 16 * 1024
const NOT_FOUND = 404

/** The format of an answer, named at a path's end (Rails, Django REST): `users.json` is `users`. */
const FORMAT = /\.(?:json|jsonld|xml|html?|csv|txt|ya?ml|atom|rss|pdf|xlsx)$/i

export interface PathOptions {
  /** Whether `/Users` is another path than `/users`. */
  readonly caseSensitivePaths?: boolean
  /** Is told of every path that no template fits. */
  readonly sample?: ShapeSample | undefined
}

/** Turns the paths of one organization into its route templates. */
export class PathResolver {
  readonly #trie: TemplateTrie
  readonly #isCaseSensitive: boolean
  readonly #sample: ShapeSample | undefined
  #unmatched = 0

  /** @param templates in the form of `normalizeTemplate`. */
  constructor(templates: readonly string[], { caseSensitivePaths = true, sample }: PathOptions = {}) {
    this.#isCaseSensitive = caseSensitivePaths
    this.#trie = new TemplateTrie(templates, caseSensitivePaths ? undefined : lowerCased)
    this.#sample = sample
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
    const canFit = this.#isCaseSensitive && path.length <= LONGEST_PATH
    return (canFit ? this.#trie.findRaw(path) : undefined) ?? this.#resolveNormalized(path, status)
  }

  /** As `resolve`, of a path that stands in ASCII bytes: one that fits a template as it is needs no string. */
  resolveAscii(bytes: Buffer, start: number, end: number, status: number): string {
    const found = this.#isCaseSensitive ? this.#trie.findBytes(bytes, start, end) : undefined
    return found ?? this.#resolveNormalized(bytes.toString('latin1', start, end), status)
  }

  /** The template that fits a path, as it came; undefined when none does. */
  templateOf(path: string): string | undefined {
    return path.length > LONGEST_PATH ? undefined : this.#fitting(this.#normal(path))
  }

  /** What `resolve` says of a path that no template fits, for one that is not a call's: it is not sampled. */
  shapeOf(path: string, status: number): string {
    return new PathResolver([], { caseSensitivePaths: this.#isCaseSensitive }).resolve(path, status)
  }

  #resolveNormalized(path: string, status: number): string {
    if (path.length > LONGEST_PATH && withoutQuery(path).length > LONGEST_PATH) return this.#noTemplate(OVERFLOW)
    // `OPTIONS *` asks about the server, not about a path (RFC 9112 §3.2.4).
    if (path === '*') return this.#noTemplate(UNMATCHED)
    const normal = this.#normal(path)
    return this.#fitting(normal) ?? this.#noTemplate(this.#shapeOf(normal, status))
  }

  #normal(path: string): string {
    return this.#isCaseSensitive ? normalizePath(path) : normalizePath(path).toLowerCase()
  }

  #fitting(normal: string): string | undefined {
    const found = this.#trie.find(normal)
    if (found !== undefined) return found
    const format = FORMAT.exec(normal)
    return format === null || normal[format.index - 1] === '/'
      ? undefined
      : this.#trie.find(normal.slice(0, format.index))
  }

  #shapeOf(normalPath: string, status: number): string {
    if (status === NOT_FOUND && this.#sample === undefined) return UNMATCHED
    const path = withoutLeadingSlash(normalPath)
    const shape = foldPath(path)
    if (isLongerThan(shape, DIMENSIONS.templateUri.longest)) return status === NOT_FOUND ? UNMATCHED : OVERFLOW
    this.#sample?.note(shape, path, status === NOT_FOUND)
    return status === NOT_FOUND ? UNMATCHED : shape
  }

  #noTemplate(countedAs: string): string {
    this.#unmatched++
    return countedAs
  }
}

/** The literals as paths have them; names of parameters are not looked at. */
function lowerCased(template: string): string {
  return template.toLowerCase()
}
