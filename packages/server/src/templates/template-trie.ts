import { isParameter, type SegmentPattern, segmentPattern } from './template-syntax.ts'

/**
 * Finds the route template of a path. At each segment a literal goes before a pattern such as `{file}.json` (of two the
 * one with more literal characters), a pattern before a parameter; a choice that leads nowhere is taken back. The
 * order in which templates are added makes no difference.
 *
 * It is a radix tree over characters, because making and hashing a string for every segment costs more than comparing
 * the characters; parameters and patterns branch off only where a segment starts.
 */
export class TemplateTrie {
  readonly #root = new TrieNode('')

  /** @param templates in the form of `normalizeTemplate`. */
  constructor(templates: Iterable<string>) {
    for (const template of templates) this.#add(template)
  }

  /** @param path in the form of `normalizePath`. */
  find(path: string): string | undefined {
    return findBehind(this.#root, path, 0)
  }

  #add(template: string): void {
    let node = this.#root
    let literal = ''
    for (const segment of template === '/' ? [''] : template.split('/')) {
      literal += '/'
      const pattern = segmentPattern(segment)
      if (pattern === undefined) {
        literal += segment
      } else {
        node = node.behindLiteral(literal)
        literal = ''
        node = isParameter(segment) ? node.behindParameter() : node.behindPattern(pattern)
      }
    }
    node = node.behindLiteral(literal)
    // Templates that differ in their parameters' names only are one route: the smallest text is its name.
    if (node.template === undefined || template < node.template) node.template = template
  }
}

/** A place in the middle of a path, reached by the `text` of its node. */
class TrieNode {
  /** Literal characters from the parent's place to this one; "" behind a parameter or a pattern. */
  text: string
  /** The template that ends here. */
  template: string | undefined = undefined
  /** Children by the first character of their text; `firstCodes` has these in the same order. */
  readonly literals: TrieNode[] = []
  readonly firstCodes: number[] = []
  /** Most literal characters first. */
  readonly patterns: PatternBranch[] = []
  parameter: TrieNode | undefined = undefined

  constructor(text: string) {
    this.text = text
  }

  behindParameter(): TrieNode {
    this.parameter ??= new TrieNode('')
    return this.parameter
  }

  behindPattern(pattern: SegmentPattern): TrieNode {
    const same = this.patterns.find((branch) => branch.pattern.shape === pattern.shape)
    if (same !== undefined) return same.node
    const branch = { pattern, node: new TrieNode('') }
    this.patterns.push(branch)
    this.patterns.sort(mostLiteralFirst)
    return branch.node
  }

  behindLiteral(text: string): TrieNode {
    if (text === '') return this
    const child = literalChild(this, text.charCodeAt(0))
    if (child === undefined) return this.#addLiteral(new TrieNode(text))
    const common = commonLength(child.text, text)
    if (common === child.text.length) return child.behindLiteral(text.slice(common))
    const fork = new TrieNode(text.slice(0, common))
    child.text = child.text.slice(common)
    fork.#addLiteral(child)
    this.literals[this.literals.indexOf(child)] = fork
    return fork.behindLiteral(text.slice(common))
  }

  #addLiteral(child: TrieNode): TrieNode {
    this.firstCodes.push(child.text.charCodeAt(0))
    this.literals.push(child)
    return child
  }
}

interface PatternBranch {
  readonly pattern: SegmentPattern
  readonly node: TrieNode
}

function mostLiteralFirst(a: PatternBranch, b: PatternBranch): number {
  return b.pattern.literalLength - a.pattern.literalLength || (a.pattern.shape < b.pattern.shape ? -1 : 1)
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}

/** The template of the rest of the path from `at` on, where `node` is the place reached so far. */
function findBehind(node: TrieNode, path: string, at: number): string | undefined {
  if (at === path.length) return node.template
  const child = literalChild(node, path.charCodeAt(at))
  if (child !== undefined && hasAt(path, child.text, at)) {
    const found = findBehind(child, path, at + child.text.length)
    if (found !== undefined) return found
  }
  if (node.parameter === undefined && node.patterns.length === 0) return undefined
  const slash = path.indexOf('/', at)
  return findBehindSegment(node, path, at, slash < 0 ? path.length : slash)
}

function literalChild(node: TrieNode, firstCode: number): TrieNode | undefined {
  const codes = node.firstCodes
  for (let index = 0; index < codes.length; index++) {
    if (codes[index] === firstCode) return node.literals[index]
  }
  return undefined
}

function findBehindSegment(node: TrieNode, path: string, start: number, end: number): string | undefined {
  if (node.patterns.length > 0) {
    const segment = path.slice(start, end)
    for (const { pattern, node: behind } of node.patterns) {
      const found = pattern.fits(segment) ? findBehind(behind, path, end) : undefined
      if (found !== undefined) return found
    }
  }
  return node.parameter === undefined || start === end ? undefined : findBehind(node.parameter, path, end)
}

/** The first character is known to be the same. */
function hasAt(path: string, text: string, at: number): boolean {
  if (at + text.length > path.length) return false
  for (let index = 1; index < text.length; index++) {
    if (path.charCodeAt(at + index) !== text.charCodeAt(index)) return false
  }
  return true
}
