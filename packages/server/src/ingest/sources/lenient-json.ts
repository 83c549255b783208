import { unescaped } from './log-escapes.ts'

/** Deeper than any log nests its fields. */
const DEEPEST = 64
const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACES = /[ \t\r\n]*/y
const UNICODE = /\\u([0-9A-Fa-f]{4})|\\\/|\\x[0-9A-Fa-f]{2}|\\./gs

/** A value read at some place of a text. */
export interface LenientValue {
  readonly value: unknown
  /** Where it goes on behind it. */
  readonly end: number
  /** False where the text ended, or made no sense any more, before the value did. */
  readonly isWhole: boolean
}

/**
 * Reads what log formats write that is nearly JSON (sources.md, "Seen in real logs"): escapes that JSON has not (`\xC3`,
 * Apache's `\v`), control characters in texts, a line that was cut. Of an object that is cut it gives the fields that
 * are whole: half a number or half a path would be a wrong one.
 */
export function readLenientJson(text: string, start = 0): LenientValue {
  const reader = new Reader(text, start)
  const value = reader.value(0)
  return { value, end: reader.at, isWhole: reader.isWhole }
}

class Reader {
  at: number
  isWhole = true
  readonly #text: string

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
  }

  /** Undefined where there is none, or where it is cut; an object or list that is cut has what is whole of it. */
  value(depth: number): unknown {
    this.#skipSpaces()
    const next = this.#text[this.at]
    if (next === '"') return this.#string()
    if (next === '{' || next === '[') {
      if (depth === DEEPEST) return this.#giveUp()
      return next === '{' ? this.#object(depth) : this.#list(depth)
    }
    return this.#number() ?? this.#literal()
  }

  #object(depth: number): object {
    const fields: Record<string, unknown> = Object.create(null)
    this.at++
    for (this.#skipSpaces(); !this.#take('}'); this.#skipSpaces()) {
      const name = this.#text[this.at] === '"' ? this.#string() : this.#giveUp()
      this.#skipSpaces()
      if (name === undefined || !this.#take(':')) return this.#cut(fields)
      const value = this.value(depth + 1)
      if (value !== undefined) fields[name] = value
      if (!this.isWhole) return fields
      this.#skipSpaces()
      if (!this.#take(',') && this.#text[this.at] !== '}') return this.#cut(fields)
    }
    return fields
  }

  #list(depth: number): unknown[] {
    const values: unknown[] = []
    this.at++
    for (this.#skipSpaces(); !this.#take(']'); this.#skipSpaces()) {
      const value = this.value(depth + 1)
      if (value !== undefined) values.push(value)
      if (!this.isWhole) return values
      this.#skipSpaces()
      if (!this.#take(',') && this.#text[this.at] !== ']') return this.#cut(values)
    }
    return values
  }

  #string(): string | undefined {
    const start = this.at + 1
    let end = this.#text.indexOf('"', start)
    while (end >= 0 && this.#isEscaped(end, start)) end = this.#text.indexOf('"', end + 1)
    if (end < 0) return this.#giveUp()
    this.at = end + 1
    return decoded(this.#text.slice(start, end))
  }

  #isEscaped(at: number, from: number): boolean {
    let backslashes = 0
    while (at - backslashes > from && this.#text[at - 1 - backslashes] === '\\') backslashes++
    return backslashes % 2 === 1
  }

  /** A number at the end of the text may be the beginning of a longer one. */
  #number(): number | undefined {
    NUMBER.lastIndex = this.at
    const digits = NUMBER.exec(this.#text)?.[0]
    if (digits === undefined) return undefined
    this.at += digits.length
    return this.at === this.#text.length ? this.#giveUp() : Number(digits)
  }

  #literal(): unknown {
    const found = LITERALS.find(([word]) => this.#text.startsWith(word, this.at))
    if (found === undefined) return this.#giveUp()
    this.at += found[0].length
    return found[1]
  }

  #skipSpaces(): void {
    SPACES.lastIndex = this.at
    this.at += SPACES.exec(this.#text)?.[0].length ?? 0
  }

  #take(character: string): boolean {
    if (this.#text[this.at] !== character) return false
    this.at++
    return true
  }

  #cut<Value>(value: Value): Value {
    this.isWhole = false
    return value
  }

  #giveUp(): undefined {
    this.isWhole = false
    return undefined
  }
}

/** JSON's own escapes first: what is left are those of nginx and Apache. */
function decoded(text: string): string {
  if (!text.includes('\\')) return text
  const rest = text.replace(UNICODE, (written, code: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return written === '\\/' ? '/' : written
  })
  return unescaped(rest)
}
