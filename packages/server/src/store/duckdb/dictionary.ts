import { OVERFLOW } from '../../domain/catalogue.ts'
import { UNCAPPED } from './columns.ts'

/** The ids of one dimension's values in one organization: from 1; 0 is "", a missing value. */
export class Dictionary {
  readonly #cap: number
  readonly #ids = new Map<string, number>([['', 0]])
  /** By id; made when somebody asks for the first time, which nobody does who only counts. */
  #texts: string[] | undefined
  #numbered = new WeakMap<readonly string[], NumberedIds>()
  #lastTexts: readonly string[] | undefined
  #lastIds = new NumberedIds()
  #added: string[] = []
  #capped = 0
  #next = 1

  /** @param cap how many different values get an id; what is past it counts under OVERFLOW (decisions.md 4). */
  constructor(cap: number) {
    this.#cap = cap
  }

  get size(): number {
    return this.#ids.size - 1
  }

  /** False for what was counted under OVERFLOW. */
  has(value: string): boolean {
    return this.#ids.has(value.toWellFormed())
  }

  /** The values that were given an id since the last keep() or forget(). */
  get added(): readonly string[] {
    return this.#added
  }

  /** The value that an id stands for. */
  textOf(id: number): string {
    if (this.#texts === undefined) {
      this.#texts = []
      for (const [value, each] of this.#ids) this.#texts[each] = value
    }
    return this.#texts[id] ?? ''
  }

  load(value: string, id: number): void {
    this.#ids.set(value, id)
    this.#texts = undefined
    this.#next = Math.max(this.#next, id + 1)
    if (!UNCAPPED.has(value)) this.#capped++
  }

  /** The id of a value, giving it one while the cap allows. */
  idOf(value: string): number {
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    // On disk a lone surrogate becomes a replacement character; two ids must not stand for one text.
    if (!value.isWellFormed()) return this.idOf(value.toWellFormed())
    if (!UNCAPPED.has(value) && this.#capped >= this.#cap) return this.idOf(OVERFLOW)
    return this.#add(value)
  }

  /** The id of texts[number], as idOf gives it; quick for a text that was asked for before. */
  idOfNumber(texts: readonly string[], number: number): number {
    if (texts !== this.#lastTexts) this.#lookAt(texts)
    const known = this.#lastIds.get(number)
    if (known >= 0) return known
    const id = this.idOf(texts[number] ?? '')
    this.#lastIds.set(number, id)
    return id
  }

  /** The id of a value, giving it one whatever the cap: what is counted from now on is told apart. */
  reserve(value: string): number {
    const kept = value.toWellFormed()
    const known = this.#ids.get(kept)
    if (known !== undefined) return known
    this.#forgetNumbers()
    return this.#add(kept)
  }

  keep(): void {
    this.#added = []
  }

  forget(): void {
    for (const value of this.#added) this.#delete(value)
    this.#texts = undefined
    this.#next -= this.#added.length
    this.#added = []
    this.#forgetNumbers()
  }

  /** Takes a value out whose id stands nowhere any more. */
  remove(value: string): void {
    this.#delete(value)
    this.#texts = undefined
    this.#forgetNumbers()
  }

  #delete(value: string): void {
    if (this.#ids.delete(value) && !UNCAPPED.has(value)) this.#capped--
  }

  /** What was worked out may not be so any more. */
  #forgetNumbers(): void {
    this.#numbered = new WeakMap()
    this.#lastTexts = undefined
  }

  #lookAt(texts: readonly string[]): void {
    const ids = this.#numbered.get(texts) ?? new NumberedIds()
    this.#numbered.set(texts, ids)
    this.#lastTexts = texts
    this.#lastIds = ids
  }

  #add(value: string): number {
    const id = this.#next++
    this.#ids.set(value, id)
    if (this.#texts !== undefined) this.#texts[id] = value
    this.#added.push(value)
    if (!UNCAPPED.has(value)) this.#capped++
    return id
  }
}

const PAGE = 256
const NO_PAGE = new Int32Array()

/** What was worked out for the numbers of some texts. In pages, because of most texts most dictionaries know nothing. */
class NumberedIds {
  /** Holds the id and one; 0 is not worked out. */
  readonly #pages: Int32Array[] = []

  /** Negative when it is not worked out. */
  get(number: number): number {
    return ((this.#pages[number >>> 8] ?? NO_PAGE)[number & (PAGE - 1)] ?? 0) - 1
  }

  set(number: number, id: number): void {
    const page = this.#pages[number >>> 8] ?? new Int32Array(PAGE)
    this.#pages[number >>> 8] = page
    page[number & (PAGE - 1)] = id + 1
  }
}
