/** Why an event does not count; part of the sender's receipt (api.md §3). */
export type RejectCode = 'invalid.value' | 'invalid.date' | 'not.authorized' | 'not.found' | 'bad.request'

/**
 * An event that does not count. Bad events are everyday input, so they are values, not exceptions. The message is made
 * when somebody reads it: a receipt tells the first hundred only.
 */
export class EventReject {
  readonly code: RejectCode
  readonly #explain: () => string

  constructor(code: RejectCode, explain: () => string) {
    this.code = code
    this.#explain = explain
  }

  /** What came and what is allowed, naming the field. */
  get message(): string {
    return this.#explain()
  }
}

/**
 * A field with a value that is not allowed.
 * @param allowed completes "it must be …".
 */
export function rejectField(
  field: string,
  value: unknown,
  allowed: string,
  code: RejectCode = 'invalid.value',
): EventReject {
  return new EventReject(code, () => {
    const missing = value === undefined || value === null
    return `The field [${field}] is ${missing ? 'missing' : described(value)}: it must be ${allowed}.`
  })
}

const LONGEST_SHOWN = 80

/** What came, with its type unmistakable; never goes into an object, which may be as deep as it likes. */
export function described(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function quoted(text: string): string {
  const start = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…` : text.toWellFormed()
  return `the text ${JSON.stringify(start)}`
}
