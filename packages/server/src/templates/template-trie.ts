import { viewOf } from '../domain/same-bytes.ts'
import { type Choices, type FlatTrie, flatten, HEAD, NONE } from './flat-trie.ts'
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
/** The path that is looked for now; one for all tries, so that they do not all keep the body that they saw last. */
let [path, view, isNormal]: [Uint8Array, DataView, boolean] = [scratch, scratchView, true]

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

  /**
   * @param templates in the form of `normalizeTemplate`.
   * @param matched how paths have a template's literals, where that is something else than how it is shown.
   */
  constructor(templates: Iterable<string>, matched: (template: string) => string = (template) => template) {
    const root = new TrieNode('')
    for (const template of templates) root.add(template, matched(template))
    this.#trie = flatten(root)
  }

  /** @param normalPath in the form of `normalizePath`. */
  find(normalPath: string): string | undefined {
    const end = this.#writeToScratch(normalPath)
    path = scratch
    view = scratchView
    isNormal = true
    return this.#templateOf(this.#walk(0, 0, end))
  }

  /** As `findBytes`, of a text of at most 16,384 characters. */
  findRaw(rawPath: string): string | undefined {
    return this.findBytes(scratch, 0, this.#writeToScratch(rawPath))
  }

  /**
   * As `find`, of a path that stands in bytes as it came, from `start` to `end`.
   * @returns undefined also for one that may have to be normalized before a template fits it.
   */
  findBytes(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (bytes !== path) {
      path = bytes
      view = viewOf(bytes)
    }
    isNormal = false
    return this.#templateOf(this.#walk(0, start, end))
  }

  #templateOf(number: number): string | undefined {
    return number < 0 ? undefined : this.#trie.templates[number]
  }

  /** The number of the template of the rest of the path from `at` to `last`, where `from` is the place reached so far. */
  #walk(from: number, start: number, last: number): number {
    const { words, choices } = this.#trie
    let [node, at] = [from, start]
    for (;;) {
      if (at >= last) return words[node + 2] ?? NONE
      const code = path[at] ?? 0
      const child = this.#childOf(node, code)
      const choice = words[node + 1] ?? NONE
      if (child !== NONE) {
        const end = this.#endOfText(child, at, last)
        if (end >= 0) {
          if (choice === NONE) {
            node = child
            at = end
            continue
          }
          const found = this.#walk(child, end, last)
          if (found !== NONE) return found
        }
      }
      const chosen = choice === NONE ? undefined : choices[choice]
      if (chosen === undefined) return STOP[code] === 1 && !isNormal ? this.#templateBeforeQuery(node, code) : NONE
      const end = isNormal ? this.#endOfSegment(at, last) : this.#endOfRawSegment(at, last)
      if (end < 0) return end
      if (chosen.patterns !== undefined || chosen.catchAll !== NONE) return this.#walkChoices(chosen, at, end, last)
      node = chosen.parameter
      at = end
    }
  }

  /** The literal child whose text begins with this byte. */
  #childOf(node: number, code: number): number {
    const { words } = this.#trie
    const range = words[node + 3] ?? 0
    const slot = code - (range & 255)
    if (slot < 0 || slot >= range >> 8) return NONE
    return words[node + HEAD + (((words[node] ?? 0) + 3) >> 2) + slot] ?? NONE
  }

  /** The choices of a place beside a literal: patterns, a parameter, a catch-all. */
  #walkChoices({ patterns = [], parameter, catchAll }: Choices, at: number, end: number, last: number): number {
    const segment = patterns.length === 0 ? '' : this.#textOf(at, end)
    for (const { pattern, node } of patterns) {
      const found = pattern.fits(segment) ? this.#walk(node, end, last) : NONE
      if (found !== NONE) return found
    }
    const found = parameter === NONE ? NONE : this.#walk(parameter, end, last)
    if (found !== NONE) return found
    // What a catch-all stands for may go up again, or be cut off.
    return catchAll === NONE || isNormal ? catchAll : UNSURE
  }

  #textOf(start: number, end: number): string {
    return Buffer.from(path.buffer, path.byteOffset + start, end - start).toString()
  }

  #templateBeforeQuery(node: number, code: number): number {
    if (code === SLASH || code === PERCENT) return UNSURE
    return this.#trie.words[node + 2] ?? NONE
  }

  /** Where the path goes on behind the child's text, which begins at `at`; negative when it is not there. */
  #endOfText(child: number, at: number, last: number): number {
    const { words, bytes } = this.#trie
    const length = words[child] ?? 0
    const start = 4 * (child + HEAD)
    const end = at + length
    if (end > last) return NONE
    if (length < 4) {
      // The first character is known to be the same.
      for (let index = 1; index < length; index++) {
        if (view.getUint8(at + index) !== bytes.getUint8(start + index)) return NONE
      }
      return end
    }
    for (let index = 0; index < length - 4; index += 4) {
      if (view.getInt32(at + index, true) !== bytes.getInt32(start + index, true)) return NONE
    }
    return view.getInt32(end - 4, true) === bytes.getInt32(start + length - 4, true) ? end : NONE
  }

  /** Where the segment ends that begins at `at`; NONE for an empty one. */
  #endOfSegment(at: number, last: number): number {
    let end = at
    while (end < last && path[end] !== SLASH) end++
    return end === at ? NONE : end
  }

  /** The same of a path that was not normalized; UNSURE where it must be. */
  #endOfRawSegment(at: number, last: number): number {
    if (path[at] === POINT) return UNSURE
    let end = at
    while (end + 4 <= last && !hasStop(view.getInt32(end, true))) end += 4
    while (end < last && STOP[path[end] ?? 0] === 0) end++
    if (end < last && path[end] === PERCENT) return UNSURE
    return end === at ? NONE : end
  }

  /** @returns where it ends there. */
  #writeToScratch(text: string): number {
    const { length } = text
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 127) return scratch.write(text)
      scratch[index] = code
    }
    return length
  }
}

/** Whether one of four bytes is 1 in STOP: a byte is 0 where it is the same, and only then it borrows and has no high bit. */
function hasStop(four: number): boolean {
  const slash = four ^ 0x2f2f2f2f
  const question = four ^ 0x3f3f3f3f
  const hash = four ^ 0x23232323
  const percent = four ^ 0x25252525
  const borrowed =
    ((slash - 0x01010101) & ~slash) |
    ((question - 0x01010101) & ~question) |
    ((hash - 0x01010101) & ~hash) |
    ((percent - 0x01010101) & ~percent)
  return (borrowed & 0x80808080) !== 0
}
