import { type EventsReceipt, UsageApiError } from '@routemeter/client'
import type { Body, RejectedLine } from './body-builder.ts'

/** What became of the events of a body, once they are durable and counted. */
export interface Outcome {
  readonly accepted: number
  readonly duplicates: number
  readonly unmatched: number
  /** By line. */
  readonly rejected: readonly RejectedLine[]
}

/** A receipt that tells of every reject. */
type WholeReceipt = Pick<EventsReceipt, 'accepted' | 'duplicates' | 'errors'> & { readonly unmatched: number }

export type SendNdjson = (ndjson: string) => Promise<EventsReceipt>

/** A receipt tells of its first hundred rejects only (api.md §3). */
const ERRORS_TOLD = 100

/** Sends bodies, several at a time; whoever has more waits until one is answered. */
export class Delivery {
  readonly #send: SendNdjson
  readonly #most: number
  readonly #underWay = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  /** @param most bodies that are under way at once. */
  constructor(send: SendNdjson, most: number) {
    this.#send = send
    this.#most = most
  }

  /**
   * Resolves when the body is on its way.
   * @param done is called when it is answered.
   * @throws what a body that was sent before has failed with.
   */
  async add(body: Body, done: (outcome: Outcome) => void): Promise<void> {
    while (this.#underWay.size >= this.#most) await Promise.race(this.#underWay)
    this.#throwFailure()
    const sent = this.#deliver(body, done).finally(() => this.#underWay.delete(sent))
    this.#underWay.add(sent)
  }

  /** Resolves when everything is answered. @throws as `add`. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.race(this.#underWay)
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #deliver(body: Body, done: (outcome: Outcome) => void): Promise<void> {
    try {
      done(await outcomeOf(body, this.#send))
    } catch (error) {
      this.#failure ??= { error }
    }
  }
}

async function outcomeOf(body: Body, send: SendNdjson): Promise<Outcome> {
  const { ndjson, lineNumbers, texts, rejected } = body
  if (ndjson === '') return { accepted: 0, duplicates: 0, unmatched: 0, rejected }
  const { accepted, duplicates, unmatched, errors } = await wholeReceipt(ndjson, send)
  const refused = errors.map(({ index, code, message }) => ({
    line: lineNumbers[index] ?? 0,
    code,
    reason: message,
    text: texts[index] ?? '',
  }))
  const all = refused.length === 0 ? rejected : [...rejected, ...refused].sort((a, b) => a.line - b.line)
  return { accepted, duplicates, unmatched, rejected: all }
}

/** Sends a body, in halves if the server takes none so long, and finds out about every reject. */
async function wholeReceipt(ndjson: string, send: SendNdjson): Promise<WholeReceipt> {
  let receipt: EventsReceipt
  try {
    receipt = await send(ndjson)
  } catch (error) {
    const lines = linesOf(ndjson)
    if (!(error instanceof UsageApiError) || error.status !== 413 || lines.length < 2) throw error
    const half = lines.length >> 1
    const first = await wholeReceipt(lines.slice(0, half).join(''), send)
    return added(first, half, await wholeReceipt(lines.slice(half).join(''), send))
  }
  const { accepted, duplicates, rejected, errors, unmatched = 0 } = receipt
  const last = errors.at(-1)
  if (errors.length >= rejected || last === undefined) return { accepted, duplicates, errors, unmatched }
  return withOthers({ accepted, duplicates, rejected, errors, unmatched }, linesOf(ndjson), last.index + 1, send)
}

/** The events behind the last reject that was told are sent again, a hundred at a time: by their ids nothing counts twice. */
async function withOthers(
  receipt: EventsReceipt & { readonly unmatched: number },
  lines: readonly string[],
  from: number,
  send: SendNdjson,
): Promise<WholeReceipt> {
  const errors = [...receipt.errors]
  for (let first = from; first < lines.length && errors.length < receipt.rejected; first += ERRORS_TOLD) {
    const piece = await send(lines.slice(first, first + ERRORS_TOLD).join(''))
    for (const error of piece.errors) errors.push({ ...error, index: first + error.index })
  }
  // What was rejected and is taken now (a time that was too far ahead) has been counted in the meantime.
  const { accepted, duplicates, unmatched } = receipt
  return { accepted: accepted + receipt.rejected - errors.length, duplicates, errors, unmatched }
}

function added(a: WholeReceipt, behind: number, b: WholeReceipt): WholeReceipt {
  return {
    accepted: a.accepted + b.accepted,
    duplicates: a.duplicates + b.duplicates,
    unmatched: a.unmatched + b.unmatched,
    errors: [...a.errors, ...b.errors.map((error) => ({ ...error, index: behind + error.index }))],
  }
}

function linesOf(ndjson: string): readonly string[] {
  return ndjson.split(/(?<=\n)/)
}
