import { isParameter, type SegmentPattern, segmentPattern } from './template-syntax.ts'

/** A place in the middle of a path, reached by the `text` of its node; a radix tree of these is what a trie is made from. */
export class TrieNode {
  /** Literal characters from the parent's place to this one; "" behind a parameter or a pattern. */
  text: string
  /** The template that ends here. */
  template: string | undefined = undefined
  readonly literals: TrieNode[] = []
  /** Most literal characters first. */
  readonly patterns: PatternBranch[] = []
  parameter: TrieNode | undefined = undefined

  constructor(text: string) {
    this.text = text
  }

  /** Adds a template below this node, the root. */
  add(template: string): void {
    let node: TrieNode = this
    let literal = ''
    for (const segment of template === '/' ? [''] : template.split('/')) {
      literal += '/'
      const pattern = segmentPattern(segment)
      if (pattern === undefined) {
        literal += segment
      } else {
        node = node.#behindLiteral(literal)
        literal = ''
        node = isParameter(segment) ? node.#behindParameter() : node.#behindPattern(pattern)
      }
    }
    node = node.#behindLiteral(literal)
    // Templates that differ in their parameters' names only are one route: the smallest text is its name.
    if (node.template === undefined || template < node.template) node.template = template
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
