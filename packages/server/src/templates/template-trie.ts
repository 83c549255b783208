import type { SegmentPattern } from './template-syntax.ts'
import { TrieNode } from './trie-node.ts'

/** The characters of a path by their codes. */
type Characters = Uint8Array | Uint16Array

const NONE = -1
const SLASH = 47
/** Characters that have a place in a node's table of children; the others are looked for in its list. */
const TABLE = 128
/** With fewer children it is quicker to look at each. */
const LEAST_FOR_TABLE = 4

/**
 * Finds the route template of a path. At each segment a literal goes before a pattern such as `{file}.json` (of two the
 * one with more literal characters), a pattern before a parameter; a choice that leads nowhere is taken back. The
 * order in which templates are added makes no difference.
 *
 * It is a radix tree over characters, because making and hashing a string for every segment costs more than comparing
 * the characters, and it is kept in a few typed arrays, because following pointers through thousands of small objects
 * costs more than the comparing. Parameters and patterns branch off only where a segment starts.
 */
export class TemplateTrie {
  /** All literal characters, those of a node together. */
  readonly #characters: Uint16Array
  readonly #textStart: Int32Array
  readonly #textEnd: Int32Array
  /** A node's literal children are `#children[first .. end]`; their first characters stand beside them. */
  readonly #firstChild: Int32Array
  readonly #endChild: Int32Array
  readonly #children: Int32Array
  readonly #firstCharacters: Uint16Array
  /** Where a node's table of children begins in #tables; NONE for one without. */
  readonly #table: Int32Array
  readonly #tables: Int32Array
  readonly #parameter: Int32Array
  readonly #patterns: (readonly { readonly pattern: SegmentPattern; readonly node: number }[] | undefined)[]
  readonly #templates: (string | undefined)[]

  /** @param templates in the form of `normalizeTemplate`. */
  constructor(templates: Iterable<string>) {
    const root = new TrieNode('')
    for (const template of templates) root.add(template)
    const nodes = inOrder(root)
    const numbers = new Map(nodes.map((node, number) => [node, number]))
    const numberOf = (node: TrieNode | undefined) => (node === undefined ? NONE : (numbers.get(node) ?? NONE))
    const literals = nodes.flatMap((node) => node.literals)
    const ends = (sizeOf: (node: TrieNode) => number) => endsOf(nodes, sizeOf)

    this.#characters = Uint16Array.from(nodes.map(({ text }) => text).join(''), (character) => character.charCodeAt(0))
    this.#textEnd = ends(({ text }) => text.length)
    this.#textStart = this.#textEnd.map((end, number) => end - (nodes[number]?.text.length ?? 0))
    this.#endChild = ends((node) => node.literals.length)
    this.#firstChild = this.#endChild.map((end, number) => end - (nodes[number]?.literals.length ?? 0))
    this.#children = Int32Array.from(literals, numberOf)
    this.#firstCharacters = Uint16Array.from(literals, ({ text }) => text.charCodeAt(0))
    const withTable = (node: TrieNode) => node.literals.length >= LEAST_FOR_TABLE
    const tableEnds = ends((node) => (withTable(node) ? TABLE : 0))
    this.#table = tableEnds.map((end, number) => (withTable(nodes[number] ?? root) ? end - TABLE : NONE))
    this.#tables = new Int32Array(tableEnds.at(-1) ?? 0).fill(NONE)
    for (const [number, node] of nodes.entries()) {
      if (!withTable(node)) continue
      for (const child of node.literals) {
        const code = child.text.charCodeAt(0)
        if (code < TABLE) this.#tables[(this.#table[number] ?? 0) + code] = numberOf(child)
      }
    }
    this.#parameter = Int32Array.from(nodes, ({ parameter }) => numberOf(parameter))
    this.#patterns = nodes.map(({ patterns }) =>
      patterns.length === 0 ? undefined : patterns.map(({ pattern, node }) => ({ pattern, node: numberOf(node) })),
    )
    this.#templates = nodes.map(({ template }) => template)
  }

  /** @param path in the form of `normalizePath`. */
  find(path: string): string | undefined {
    const characters = new Uint16Array(path.length)
    for (let index = 0; index < path.length; index++) characters[index] = path.charCodeAt(index)
    return this.#findBehind(0, characters, 0, path.length)
  }

  /** @param path has the path, ASCII and in the form of `normalizePath`, from `start` to `end`. */
  findAscii(path: Uint8Array, start: number, end: number): string | undefined {
    return this.#findBehind(0, path, start, end)
  }

  /** The template of the rest of the path from `at` to `last`, where `node` is the place reached so far. */
  #findBehind(node: number, path: Characters, at: number, last: number): string | undefined {
    if (at === last) return this.#templates[node]
    const child = this.#literalChild(node, path[at] ?? 0)
    if (child !== NONE) {
      const end = this.#endOfText(child, path, at, last)
      const found = end < 0 ? undefined : this.#findBehind(child, path, end, last)
      if (found !== undefined) return found
    }
    const parameter = this.#parameter[node] ?? NONE
    const patterns = this.#patterns[node]
    if (parameter === NONE && patterns === undefined) return undefined
    const end = endOfSegment(path, at, last)
    if (patterns !== undefined) {
      const segment = String.fromCharCode(...path.subarray(at, end))
      for (const { pattern, node: behind } of patterns) {
        const found = pattern.fits(segment) ? this.#findBehind(behind, path, end, last) : undefined
        if (found !== undefined) return found
      }
    }
    return parameter === NONE || at === end ? undefined : this.#findBehind(parameter, path, end, last)
  }

  #literalChild(node: number, code: number): number {
    const table = this.#table[node] ?? NONE
    if (table !== NONE && code < TABLE) return this.#tables[table + code] ?? NONE
    const end = this.#endChild[node] ?? 0
    for (let index = this.#firstChild[node] ?? 0; index < end; index++) {
      if (this.#firstCharacters[index] === code) return this.#children[index] ?? NONE
    }
    return NONE
  }

  /** Where the path goes on behind the node's text, which begins at `at`; negative when it is not there. */
  #endOfText(node: number, path: Characters, at: number, last: number): number {
    const start = this.#textStart[node] ?? 0
    const length = (this.#textEnd[node] ?? 0) - start
    if (at + length > last) return NONE
    const characters = this.#characters
    // The first character is known to be the same.
    for (let index = 1; index < length; index++) {
      if (path[at + index] !== characters[start + index]) return NONE
    }
    return at + length
  }
}

/** The node and all below it; a node's literal children stand together. */
function inOrder(root: TrieNode): readonly TrieNode[] {
  const nodes = [root]
  for (const node of nodes) {
    nodes.push(...node.literals, ...node.patterns.map((branch) => branch.node))
    if (node.parameter !== undefined) nodes.push(node.parameter)
  }
  return nodes
}

/** Where each node's share of a common array ends. */
function endsOf(nodes: readonly TrieNode[], sizeOf: (node: TrieNode) => number): Int32Array<ArrayBuffer> {
  let end = 0
  return Int32Array.from(nodes, (node) => {
    end += sizeOf(node)
    return end
  })
}

function endOfSegment(path: Characters, at: number, last: number): number {
  let end = at
  while (end < last && path[end] !== SLASH) end++
  return end
}
