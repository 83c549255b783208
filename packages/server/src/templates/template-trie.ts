import { viewOf } from '../domain/same-bytes.ts'
import { type FlatTrie, flatten, NODE, NONE } from './flat-trie.ts'
import { TrieNode } from './trie-node.ts'

/** What `#walk` answers, beside the number of a template, for a path that is to be normalized before it can tell. */
const UNSURE = -2
const [SLASH, POINT, PERCENT] = [47, 46, 37]
/** 1 for what ends a segment of a path that was not normalized: `/`, a query, a fragment; an escape. */
const STOP = new Uint8Array(256)
for (const character of '/?#%') STOP[character.charCodeAt(0)] = 1

/** Longer paths are counted as overflow (path-resolver.ts); the longest in UTF-8. */
const SCRATCH_BYTES = 48 * 1024
/** For paths that come as strings. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
const scratchView = viewOf(scratch)

/**
 * Finds the route template of a path. At each segment a literal goes before a pattern such as `{file}.json` (of two the
 * one with more literal characters), a pattern before a parameter, that before a catch-all; a choice that leads nowhere
 * is taken back. The order in which templates are added makes no difference.
 *
 * It is a radix tree over the bytes of UTF-8, because making and hashing a string for every segment costs more than
 * comparing bytes, four at a time; and it is kept in a few typed arrays, because following pointers through thousands of
 * small objects costs more than the comparing. Parameters and patterns branch off only where a segment starts.
 */
export class TemplateTrie {
  readonly #trie: FlatTrie
  /** The bytes that were asked about last. */
  #path: Uint8Array = scratch
  #view: DataView = scratchView
  #isNormal = true

  /**
   * @param templates in the form of `normalizeTemplate`.
   * @param matched how paths have a template's literals, where that is something else than how it is shown.
   */
  constructor(templates: Iterable<string>, matched: (template: string) => string = (template) => template) {
    const root = new TrieNode('')
    for (const template of templates) root.add(template, matched(template))
    this.#trie = flatten(root)
  }

  /** @param path in the form of `normalizePath`. */
  find(path: string): string | undefined {
    const end = this.#writeToScratch(path)
    this.#path = scratch
    this.#view = scratchView
    this.#isNormal = true
    return this.#templateOf(this.#walk(0, 0, end))
  }

  /**
   * As `find`, of a path that stands in bytes as it came, from `start` to `end`.
   * @returns undefined also for one that may have to be normalized before a template fits it.
   */
  findBytes(path: Uint8Array, start: number, end: number): string | undefined {
    if (path !== this.#path) {
      this.#path = path
      this.#view = viewOf(path)
    }
    this.#isNormal = false
    return this.#templateOf(this.#walk(0, start, end))
  }

  #templateOf(number: number): string | undefined {
    return number < 0 ? undefined : this.#trie.templates[number]
  }

  /** The number of the template of the rest of the path from `at` to `last`, where `from` is the place reached so far. */
  #walk(from: number, start: number, last: number): number {
    const { nodes, tables } = this.#trie
    const path = this.#path
    let [node, at] = [from, start]
    for (;;) {
      if (at >= last) return nodes[node + NODE.template] ?? NONE
      const code = path[at] ?? 0
      const slot = code - (nodes[node + NODE.firstCode] ?? 0)
      const child =
        slot >= 0 && slot < (nodes[node + NODE.tableSize] ?? 0)
          ? (tables[(nodes[node + NODE.table] ?? 0) + slot] ?? NONE)
          : NONE
      const choices = nodes[node + NODE.choices] ?? NONE
      if (child !== NONE) {
        const end = this.#endOfText(child, at, last)
        if (end >= 0) {
          if (choices === NONE) {
            node = child
            at = end
            continue
          }
          const found = this.#walk(child, end, last)
          if (found !== NONE) return found
        }
      }
      if (choices === NONE) return STOP[code] === 1 && !this.#isNormal ? this.#templateBeforeQuery(node, code) : NONE
      const end = this.#endOfSegment(at, last)
      if (end < 0) return end
      const parameter = this.#trie.parameters[choices] ?? NONE
      if (this.#trie.hasOnlyParameter[choices] === 1) {
        node = parameter
        at = end
        continue
      }
      return this.#walkChoices(choices, at, end, last)
    }
  }

  /** The choices of a place beside a literal: patterns, a parameter, a catch-all. */
  #walkChoices(choices: number, at: number, end: number, last: number): number {
    const { parameters, patterns, catchAlls } = this.#trie
    const fitting = patterns[choices]
    if (fitting !== undefined) {
      const segment = Buffer.from(this.#path.buffer, this.#path.byteOffset + at, end - at).toString()
      for (const { pattern, node } of fitting) {
        const found = pattern.fits(segment) ? this.#walk(node, end, last) : NONE
        if (found !== NONE) return found
      }
    }
    const parameter = parameters[choices] ?? NONE
    const found = parameter === NONE ? NONE : this.#walk(parameter, end, last)
    if (found !== NONE) return found
    const catchAll = catchAlls[choices] ?? NONE
    // What it stands for may go up again, or be cut off.
    return catchAll === NONE || this.#isNormal ? catchAll : UNSURE
  }

  #templateBeforeQuery(node: number, code: number): number {
    if (code === SLASH || code === PERCENT) return UNSURE
    return this.#trie.nodes[node + NODE.template] ?? NONE
  }

  /** Where the path goes on behind the child's text, which begins at `at`; negative when it is not there. */
  #endOfText(child: number, at: number, last: number): number {
    const { nodes, texts } = this.#trie
    const view = this.#view
    const start = nodes[child + NODE.text] ?? 0
    const length = nodes[child + NODE.textLength] ?? 0
    const end = at + length
    if (end > last) return NONE
    if (length < 4) {
      // The first character is known to be the same.
      for (let index = 1; index < length; index++) {
        if (view.getUint8(at + index) !== texts.getUint8(start + index)) return NONE
      }
      return end
    }
    for (let index = 0; index < length - 4; index += 4) {
      if (view.getInt32(at + index, true) !== texts.getInt32(start + index, true)) return NONE
    }
    return view.getInt32(end - 4, true) === texts.getInt32(start + length - 4, true) ? end : NONE
  }

  /** Where the segment ends that begins at `at`; NONE for an empty one, UNSURE where it must be normalized first. */
  #endOfSegment(at: number, last: number): number {
    const path = this.#path
    let end = at
    if (this.#isNormal) {
      while (end < last && path[end] !== SLASH) end++
    } else {
      if (path[at] === POINT) return UNSURE
      while (end < last && STOP[path[end] ?? 0] === 0) end++
      if (end < last && path[end] === PERCENT) return UNSURE
    }
    return end === at ? NONE : end
  }

  /** @returns where it ends there. */
  #writeToScratch(path: string): number {
    const { length } = path
    for (let index = 0; index < length; index++) {
      const code = path.charCodeAt(index)
      if (code > 127) return scratch.write(path)
      scratch[index] = code
    }
    return length
  }
}
