import { createHash } from 'node:crypto'

/** A value of an organization's that can be asked for: an id or a name, and where it was read. */
export interface Known {
  readonly value: string
  /** The path of the operation that told it. */
  readonly path: string
  /** The field's name. */
  readonly field: string
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi
const TIME = /\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?/g
/** What an answer says of the work that it was. */
const EFFORT = /"(tookMs|rowsScanned)":\d+/g
const SECRET = /(?<![\w-])[\w-]{32,}(?![\w-])/g
/** Shorter texts stand in many answers. */
const SHORTEST_TELLING = 6
/** Smaller numbers too. */
const LEAST_TELLING = 1000

/** What an organization has been told about itself. */
export class Knowledge {
  readonly #known = new Map<string, Known>()
  readonly #texts = new Set<string>()
  readonly #numbers = new Set<number>()

  /** Ids and names, the newest first. */
  get values(): readonly Known[] {
    return [...this.#known.values()].toReversed()
  }

  /** Takes in an answer's body. */
  learn(path: string, body: string): void {
    for (const { field, value } of leavesOf(body)) {
      if (typeof value === 'number') this.#numbers.add(value)
      if (typeof value !== 'string') continue
      this.#texts.add(value)
      if (/(?:^i|I)d$|(?:^n|N)ame$|^templateUri$/.test(field)) this.add(path, field, value)
      for (const [uuid] of value.matchAll(UUID)) this.add(path, field, uuid)
    }
  }

  add(path: string, field: string, value: string): void {
    this.#texts.add(value)
    if (value !== '' && !this.#known.has(value)) this.#known.set(value, { value, path, field })
  }

  numbersBeside(other: Knowledge): ReadonlySet<number> {
    return new Set([...this.#numbers].filter((number) => number >= LEAST_TELLING && !other.#numbers.has(number)))
  }

  /** Texts that say something about this organization, in nobody else's words. */
  toldBeside(other: Knowledge): readonly string[] {
    return [...this.#texts].filter(
      (text) => text.length >= SHORTEST_TELLING && !other.#texts.has(text) && withoutTimes(text) === text,
    )
  }
}

/** Texts and numbers in an answer, with the name of the field that they stand in. */
export function leavesOf(body: string): readonly { readonly field: string; readonly value: unknown }[] {
  const found: { field: string; value: unknown }[] = []
  const walk = (node: unknown, field: string) => {
    if (typeof node !== 'object' || node === null) return void found.push({ field, value: node })
    const isList = Array.isArray(node)
    for (const [name, inner] of Object.entries(node)) walk(inner, isList ? field : name)
  }
  walk(json(body), '')
  return found
}

/** The body as JSON; what is not JSON is nothing. */
export function json(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A value of the same shape that never was anybody's; always the same one. */
export function twinOf(value: string): string {
  const digits = createHash('sha256').update(`twin of ${value}`).digest('hex').repeat(8)
  if (new RegExp(`^${UUID.source}$`, 'i').test(value)) {
    const [a, b, c] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 15)]
    return `${a}-${b}-4${c}-8${digits.slice(15, 18)}-${digits.slice(18, 30)}`
  }
  return value.replace(/[A-Za-z0-9]/g, (sign, at: number) => {
    const digit = Number.parseInt(digits[at % digits.length] ?? '0', 16)
    if (/\d/.test(sign)) return String(digit % 10)
    const letter = String.fromCharCode(97 + digit)
    return sign < 'a' ? letter.toUpperCase() : letter
  })
}

/** An answer without what is different every time, and without what was sent. */
export function comparable(body: string, sent: readonly string[]): string {
  const words = sent.flatMap((text) => [text, encodeURIComponent(text)]).toSorted((a, b) => b.length - a.length)
  const withoutSent = words.reduce((text, word) => text.replaceAll(word, '<sent>'), body)
  const withoutEffort = withoutSent.replace(EFFORT, '"$1":"<effort>"')
  return withoutTimes(withoutEffort.replace(UUID, '<uuid>')).replace(SECRET, '<secret>')
}

function withoutTimes(text: string): string {
  return text.replace(TIME, '<time>')
}
