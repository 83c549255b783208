import { isCatchAll, isParameter, type SegmentPattern, segmentPattern } from './template-syntax.ts'

/** A place in the middle of a path, reached by the `text` of its node; a radix tree of these is what a trie is made from. */
export class TrieNode {
  /** Literal bytes of UTF-8 from the parent's place to this one, a character each; "" behind a parameter or a pattern. */
  text: string
  /** The template that ends here. */
  template: string | undefined = undefined
  readonly literals: TrieNode[] = []
  /** Most literal characters first. */
  readonly patterns: PatternBranch[] = []
  parameter: TrieNode | undefined = undefined
  /** The template whose catch-all begins here. */
  catchAll: string | undefined = undefined

  constructor(text: string) {
    this.text = text
  }

  /**
   * Adds a template below this node, the root.
   * @param matched how paths have it, where that is something else than how it is shown.
   */
  add(template: string, matched = template): void {
    let node: TrieNode = this
    let literal = ''
    const segments = matched === '/' ? [''] : matched.split('/')
    for (const [index, segment] of segments.entries()) {
      literal += '/'
      if (index === segments.length - 1 && isCatchAll(segment)) {
        node = node.#behindLiteral(literal)
        node.catchAll = smaller(node.catchAll, template)
        return
      }
      const pattern = segmentPattern(segment)
      if (pattern === undefined) {
        literal += bytesOf(segment)
      } else {
        node = node.#behindLiteral(literal)
        literal = ''
        node = isParameter(segment) ? node.#behindParameter() : node.#behindPattern(pattern)
      }
    }
    node = node.#behindLiteral(literal)
    node.template = smaller(node.template, template)
  }

  #behindParameter(): TrieNode {
    this.parameter ??= new TrieNode('')
    return this.parameter
  }

  #behindPattern(pattern: SegmentPattern): TrieNode {
    const same = this.patterns.find((branch) => branch.pattern.shape === pattern.shape)
    if (same !== undefined) return same.node
    const branch = { pattern, node: new TrieNode('') }
    this.patterns.push(branch)
    this.patterns.sort(mostLiteralFirst)
    return branch.node
  }

  #behindLiteral(text: string): TrieNode {
    if (text === '') return this
    const child = this.literals.find((literal) => literal.text.charCodeAt(0) === text.charCodeAt(0))
    if (child === undefined) return this.#addLiteral(new TrieNode(text))
    const common = commonLength(child.text, text)
    if (common === child.text.length) return child.#behindLiteral(text.slice(common))
    const fork = new TrieNode(text.slice(0, common))
    child.text = child.text.slice(common)
    fork.#addLiteral(child)
    this.literals[this.literals.indexOf(child)] = fork
    return fork.#behindLiteral(text.slice(common))
  }

  #addLiteral(child: TrieNode): TrieNode {
    this.literals.push(child)
    return child
  }
}

/** Templates that differ in their parameters' names only are one route: the smallest text is its name. */
function smaller(one: string | undefined, other: string): string {
  return one === undefined || other < one ? other : one
}

interface PatternBranch {
  readonly pattern: SegmentPattern
  readonly node: TrieNode
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function mostLiteralFirst(a: PatternBranch, b: PatternBranch): number {
  return b.pattern.literalLength - a.pattern.literalLength || (a.pattern.shape < b.pattern.shape ? -1 : 1)
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
