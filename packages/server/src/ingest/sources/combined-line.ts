import { EventReject } from '../../domain/event-reject.ts'
import { unescaped } from './log-escapes.ts'
import { type RequestLine, requestLine } from './request-line.ts'

/** A line of the common or combined log format, texts as they stand there. */
export interface CombinedLine {
  readonly line: string
  /** Everything before the time. */
  readonly head: string
  readonly time: string
  readonly request: string
  readonly status: string
  readonly bytes: string
  /** Where what comes after the bytes begins. */
  readonly restAt: number
}

const [SPACE, SLASH, COLON, BACKSLASH, QUOTE] = [32, 47, 58, 92, 34]

/**
 * Takes a line of the common log format apart, with or without a referer, an agent and more behind it:
 * `10.0.3.17 - client-42 [01/Oct/2026:00:00:02 +0000] "GET / HTTP/1.1" 200 1534 "-" "curl/8.0"`.
 * A user may have spaces and brackets in it: the first bracket that begins a time ends it.
 */
export function combinedLine(line: string): CombinedLine | EventReject {
  const open = timeAt(line)
  const close = line.indexOf(']', open)
  if (open < 0 || close < 0) return notCombined('it has no time in brackets')
  if (line.charCodeAt(close + 1) !== SPACE || line.charCodeAt(close + 2) !== QUOTE) {
    return notCombined('it has no request in quotes after the time')
  }
  const end = closingQuote(line, close + 3)
  if (end < 0) return notCombined('it ends within the request, before the status')
  const statusAt = end + 2
  const statusEnd = endOfWord(line, statusAt)
  const bytesEnd = endOfWord(line, statusEnd + 1)
  return {
    line,
    head: line.slice(0, open - 1),
    time: line.slice(open + 1, close),
    request: line.slice(close + 3, end),
    status: line.slice(statusAt, statusEnd),
    bytes: line.slice(statusEnd + 1, bytesEnd),
    restAt: bytesEnd + 1,
  }
}

/** The request line of it, escapes undone. */
export function requestOf({ request }: CombinedLine): RequestLine {
  return requestLine(unescaped(request))
}

/** The user of `ADDRESS IDENT USER`, or of that behind a virtual host; undefined where there is none. */
export function userOf({ head }: CombinedLine): string | undefined {
  const user = head.slice(userAt(head))
  return user === '-' || user === '' ? undefined : unescaped(user)
}

/** The address, behind a virtual host where there is one. */
export function addressOf({ head }: CombinedLine): string {
  const address = head.slice(hasVirtualHost(head) ? head.indexOf(' ') + 1 : 0)
  return address.slice(0, address.indexOf(' '))
}

function userAt(head: string): number {
  const ident = head.indexOf(' ', hasVirtualHost(head) ? head.indexOf(' ') + 1 : 0) + 1
  return head.indexOf(' ', ident) + 1
}

/** Apache's vhost_combined: `example.com:443 10.0.3.17 - - `. */
function hasVirtualHost(head: string): boolean {
  return /^\S+:\d+ [\da-fA-F.:]+ /.test(head) && !/^\S+ - /.test(head)
}

/** The bracket before `01/Oct/2026:00:00:02`; -1 without one. */
function timeAt(line: string): number {
  for (let at = line.indexOf('['); at >= 0; at = line.indexOf('[', at + 1)) {
    const isTime =
      line.charCodeAt(at + 3) === SLASH && line.charCodeAt(at + 7) === SLASH && line.charCodeAt(at + 12) === COLON
    if (isTime) return at
  }
  return -1
}

/** The quote that ends a text in quotes; one behind a backslash does not. */
function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    let backslashes = 0
    while (at - backslashes > from && line.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at
  }
  return -1
}

function endOfWord(line: string, from: number): number {
  const space = line.indexOf(' ', from)
  return space < 0 ? line.length : space
}

function notCombined(reason: string): EventReject {
  return new EventReject('bad.request', () => `The line is not in the combined log format: ${reason}.`)
}
