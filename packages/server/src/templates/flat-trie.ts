import type { SegmentPattern } from './template-syntax.ts'
import type { TrieNode } from './trie-node.ts'

/** No node, no template. */
export const NONE = -1

/** What a node has in `nodes`, by its place behind the node's own. */
export const NODE = {
  /** Its literal bytes in `texts`. */
  text: 0,
  textLength: 1,
  /** Its children by the first byte of their texts: `tables[table + byte - firstCode]`. */
  table: 2,
  firstCode: 3,
  tableSize: 4,
  /** Where its patterns, parameter and catch-all are; NONE without any. */
  choices: 5,
  /** The template that ends here, or NONE. */
  template: 6,
} as const

/** A power of two, so that a node lies in one line of the processor's cache. */
const NODE_SIZE = 8

/** A radix tree in a few arrays. A node is named by its place in `nodes`; the root is 0. */
export interface FlatTrie {
  readonly nodes: Int32Array
  readonly texts: DataView
  readonly tables: Int32Array
  readonly parameters: Int32Array
  readonly patterns: readonly (readonly { readonly pattern: SegmentPattern; readonly node: number }[] | undefined)[]
  /** Templates, by number. */
  readonly catchAlls: Int32Array
  /** 1 where there is no pattern and no catch-all. */
  readonly hasOnlyParameter: Uint8Array
  readonly templates: readonly string[]
}

export function flatten(root: TrieNode): FlatTrie {
  const all = inOrder(root)
  const places = new Map(all.map((node, index) => [node, index * NODE_SIZE]))
  const placeOf = (node: TrieNode | undefined) => (node === undefined ? NONE : (places.get(node) ?? NONE))
  const withChoices = all.filter(hasChoices)
  const choicesOf = new Map(withChoices.map((node, index) => [node, index]))
  const texts = all.map(({ text }) => Buffer.from(text, 'latin1'))
  const templates: string[] = []
  const numberOf = (template: string | undefined) => (template === undefined ? NONE : templates.push(template) - 1)
  const tables: number[] = []
  const nodes = new Int32Array(all.length * NODE_SIZE)
  let textStart = 0
  for (const [index, node] of all.entries()) {
    const place = index * NODE_SIZE
    const length = texts[index]?.length ?? 0
    nodes[place + NODE.text] = textStart
    nodes[place + NODE.textLength] = length
    textStart += length
    const table = tableOf(node, placeOf)
    nodes[place + NODE.table] = tables.length
    nodes[place + NODE.firstCode] = table.first
    nodes[place + NODE.tableSize] = table.children.length
    for (const child of table.children) tables.push(child)
    nodes[place + NODE.choices] = choicesOf.get(node) ?? NONE
    nodes[place + NODE.template] = numberOf(node.template)
  }
  const bytes = new Uint8Array(Buffer.concat(texts))
  return {
    nodes,
    texts: new DataView(bytes.buffer),
    tables: Int32Array.from(tables),
    parameters: Int32Array.from(withChoices, ({ parameter }) => placeOf(parameter)),
    patterns: withChoices.map(({ patterns }) =>
      patterns.length === 0 ? undefined : patterns.map(({ pattern, node }) => ({ pattern, node: placeOf(node) })),
    ),
    catchAlls: Int32Array.from(withChoices, ({ catchAll }) => numberOf(catchAll)),
    hasOnlyParameter: Uint8Array.from(withChoices, ({ patterns, catchAll, parameter }) =>
      Number(patterns.length === 0 && catchAll === undefined && parameter !== undefined),
    ),
    templates,
  }
}

function hasChoices({ patterns, parameter, catchAll }: TrieNode): boolean {
  return patterns.length > 0 || parameter !== undefined || catchAll !== undefined
}

/** The literal children by their first bytes, from the smallest one on. */
function tableOf(node: TrieNode, placeOf: (node: TrieNode) => number): { first: number; children: readonly number[] } {
  const codes = node.literals.map(({ text }) => text.charCodeAt(0))
  if (codes.length === 0) return { first: 0, children: [] }
  const first = Math.min(...codes)
  const children: number[] = Array(Math.max(...codes) - first + 1).fill(NONE)
  for (const [index, child] of node.literals.entries()) children[(codes[index] ?? 0) - first] = placeOf(child)
  return { first, children }
}

/** The node and all below it, each before those below it. */
function inOrder(root: TrieNode): readonly TrieNode[] {
  const nodes = [root]
  for (const node of nodes) {
    nodes.push(...node.literals, ...node.patterns.map((branch) => branch.node))
    if (node.parameter !== undefined) nodes.push(node.parameter)
  }
  return nodes
}
