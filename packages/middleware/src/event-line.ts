import { randomBytes } from 'node:crypto'
import type { FinishedCall } from './finished-call.ts'

const LONGEST_TEMPLATE = 1024
const LONGEST_TEXT = 256
const NO_TEXTS: Texts = {}

/** What the service's own functions say of a call. */
export type TextField = 'organizationId' | 'clientId' | 'clientName' | 'userId' | 'platform'
export type Texts = Partial<Record<TextField, string>>

/** Unique among all processes and threads: random once, then counted. */
const PREFIX = `${randomBytes(12).toString('base64url')}-`
let made = 0

/** An id stays with its event through all retries and restarts: with organization and time it makes it count once. */
export function newEventId(): string {
  made++
  return PREFIX + made.toString(36)
}

/** A call as a line of NDJSON that `POST /v1/events` takes (api.md §3), without the line's end. */
export function eventLine(id: string, call: FinishedCall, texts: Texts = NO_TEXTS): string {
  const { template } = call
  const route =
    template === undefined || template.length > LONGEST_TEMPLATE
      ? `"path":${quoted(call.path)}`
      : `"templateUri":${quoted(template)}`
  let line = `{"id":"${id}","time":${timeText(call.time)},"method":"${call.method}",${route},"status":${call.status}`
  line += `,"durationMs":${milliseconds(call.durationMs)}`
  line += `,"requestBytes":${call.requestBytes},"responseBytes":${call.responseBytes}`
  for (const field in texts) {
    const text = texts[field as TextField]
    if (text !== undefined && text !== '') line += `,"${field}":${quoted(cut(text))}`
  }
  return `${line}}`
}

let lastTime = 0
let lastTimeText = '0'

/** Many calls come in the same millisecond, and to write a number of 13 digits costs as much as the rest of a line. */
function timeText(time: number): string {
  if (time !== lastTime) {
    lastTime = time
    lastTimeText = String(time)
  }
  return lastTimeText
}

const THOUSANDTHS = Array.from({ length: 1000 }, (_, n) => `.${String(n).padStart(3, '0')}`)

/** With three digits behind the point: two small whole numbers are written in a fraction of the time of one that is not. */
function milliseconds(duration: number): string {
  const micros = Math.round(duration * 1000)
  return Math.floor(micros / 1000) + (THOUSANDTHS[micros % 1000] ?? '')
}

/** Most texts need no escape, and a look at them costs less than JSON.stringify. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed())
}

/** The server counts code points, and rejects what is longer. */
function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  return [...text.slice(0, 2 * LONGEST_TEXT)].slice(0, LONGEST_TEXT).join('')
}
