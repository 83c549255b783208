import type { Answer } from './post.ts'
import { MeterError, type Rejected } from './reports.ts'

/** What an answer means for the events that were sent. */
export type Verdict =
  /** Counted, or refused one by one: none is sent again. */
  | { readonly kind: 'settled'; readonly accepted: number; readonly duplicates: number; readonly error?: MeterError }
  | { readonly kind: 'too-large' }
  /** All of them again, after a while. */
  | { readonly kind: 'again'; readonly error: MeterError; readonly retryAfterMs?: number | undefined }

interface Receipt {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
  readonly errors: readonly Rejected[]
}

/** Reads an answer to `POST /v1/events` (api.md §3). */
export function verdictOn(answer: Answer): Verdict {
  const { status, retryAfterMs } = answer
  // A 400 has the receipt when none of the events could be used; without one it is not Routemeter's.
  const receipt = status === 200 || status === 400 ? receiptOf(answer.body) : undefined
  if (receipt !== undefined) return settled(status, receipt)
  if (status === 413) return { kind: 'too-large' }
  return { kind: 'again', error: errorOf(answer), retryAfterMs }
}

function settled(status: number, { accepted, duplicates, rejected, errors }: Receipt): Verdict {
  if (rejected === 0) return { kind: 'settled', accepted, duplicates }
  const message = `Routemeter rejected ${rejected} events. The first one: ${errors[0]?.message ?? 'not said'}`
  const error = new MeterError('rejected', message, { status, rejected, rejects: errors })
  return { kind: 'settled', accepted, duplicates, error }
}

function errorOf({ status, body }: Answer): MeterError {
  if (status === 429 || status === 503) return new MeterError('busy', `Routemeter is busy: ${status}`, { status })
  if (status === 401 || status === 403) {
    return new MeterError('unauthorized', `Routemeter does not take the ingest key: ${status}`, { status })
  }
  if (status >= 500 || status === 408) {
    return new MeterError('unreachable', `Routemeter cannot take events now: ${status}`, { status })
  }
  return new MeterError('refused', `This is no answer of Routemeter: ${status} ${body.slice(0, 200)}`, { status })
}

function receiptOf(body: string): Receipt | undefined {
  try {
    const receipt: unknown = JSON.parse(body)
    return isReceipt(receipt) ? receipt : undefined
  } catch {
    return undefined
  }
}

function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== 'object' || value === null) return false
  const { accepted, duplicates, rejected, errors } = value as Partial<Record<keyof Receipt, unknown>>
  return [accepted, duplicates, rejected].every(Number.isSafeInteger) && Array.isArray(errors)
}
