import type { SegmentPattern } from './template-syntax.ts'
import type { TrieNode } from './trie-node.ts'

/** No node, no template. */
export const NONE = -1

/**
 * A radix tree in one array, so that what is looked at together lies together: reading memory takes most of the time.
 * A node is named by its place in `words`, the root is 0. There it has: the length of its text in bytes; where its
 * choices are, or NONE; its template, or NONE; the first byte of its children's texts, and 256 times how many of the
 * following bytes its table has; its text, four bytes a word; its table of children by the first byte of their texts.
 */
export interface FlatTrie {
  readonly words: Int32Array
  /** Of the same memory. */
  readonly bytes: DataView
  readonly choices: readonly Choices[]
  readonly templates: readonly string[]
}

/** Words of a node before its text. */
export const HEAD = 4

/** Where a path may go on from the start of a segment, beside a literal. */
export interface Choices {
  readonly parameter: number
  readonly patterns: readonly { readonly pattern: SegmentPattern; readonly node: number }[] | undefined
  /** A template. */
  readonly catchAll: number
}

export function flatten(root: TrieNode): FlatTrie {
  const all = inOrder(root)
  const places = new Map<TrieNode, number>()
  let size = 0
  for (const node of all) {
    places.set(node, size)
    size += HEAD + wordsOf(node.text) + rangeOf(node).size
  }
  const placeOf = (node: TrieNode | undefined) => (node === undefined ? NONE : (places.get(node) ?? NONE))
  const templates: string[] = []
  const numberOf = (template: string | undefined) => (template === undefined ? NONE : templates.push(template) - 1)
  const choices: Choices[] = []
  const words = new Int32Array(size)
  const bytes = new Uint8Array(words.buffer)
  for (const node of all) {
    const place = placeOf(node)
    const { first, size } = rangeOf(node)
    words[place] = node.text.length
    words[place + 1] = hasChoices(node) ? choices.push(choicesOf(node, placeOf, numberOf)) - 1 : NONE
    words[place + 2] = numberOf(node.template)
    words[place + 3] = first + 256 * size
    bytes.set(Buffer.from(node.text, 'latin1'), 4 * (place + HEAD))
    const table = place + HEAD + wordsOf(node.text)
    words.fill(NONE, table, table + size)
    for (const child of node.literals) words[table + child.text.charCodeAt(0) - first] = placeOf(child)
  }
  return { words, bytes: new DataView(words.buffer), choices, templates }
}

function wordsOf(text: string): number {
  return (text.length + 3) >> 2
}

/** The first bytes of a node's children. */
function rangeOf({ literals }: TrieNode): { readonly first: number; readonly size: number } {
  const codes = literals.map(({ text }) => text.charCodeAt(0))
  if (codes.length === 0) return { first: 0, size: 0 }
  const first = Math.min(...codes)
  return { first, size: Math.max(...codes) - first + 1 }
}

function hasChoices({ patterns, parameter, catchAll }: TrieNode): boolean {
  return patterns.length > 0 || parameter !== undefined || catchAll !== undefined
}

function choicesOf(
  { parameter, patterns, catchAll }: TrieNode,
  placeOf: (node: TrieNode | undefined) => number,
  numberOf: (template: string | undefined) => number,
): Choices {
  return {
    parameter: placeOf(parameter),
    patterns:
      patterns.length === 0 ? undefined : patterns.map(({ pattern, node }) => ({ pattern, node: placeOf(node) })),
    catchAll: numberOf(catchAll),
  }
}

/** The node and all below it; each is followed by what a path comes to next. */
function inOrder(root: TrieNode): readonly TrieNode[] {
  const nodes: TrieNode[] = []
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node)
    waiting.push(...node.literals, ...node.patterns.map((branch) => branch.node))
    if (node.parameter !== undefined) waiting.push(node.parameter)
  }
  return nodes
}
