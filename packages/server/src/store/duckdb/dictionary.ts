import { OVERFLOW } from '../../domain/catalogue.ts'
import { UNCAPPED } from './columns.ts'

/** The ids of one dimension's values in one organization: dense, from 1; 0 is "", a missing value. */
export class Dictionary {
  readonly #cap: number
  readonly #ids = new Map<string, number>([['', 0]])
  #added: string[] = []
  #capped = 0

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

  load(value: string, id: number): void {
    this.#ids.set(value, id)
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

  /** The id of a value, giving it one whatever the cap: what is counted from now on is told apart. */
  reserve(value: string): number {
    const kept = value.toWellFormed()
    return this.#ids.get(kept) ?? this.#add(kept)
  }

  keep(): void {
    this.#added = []
  }

  forget(): void {
    for (const value of this.#added) {
      this.#ids.delete(value)
      if (!UNCAPPED.has(value)) this.#capped--
    }
    this.#added = []
  }

  #add(value: string): number {
    const id = this.#ids.size
    this.#ids.set(value, id)
    this.#added.push(value)
    if (!UNCAPPED.has(value)) this.#capped++
    return id
  }
}
