import { EventReject } from '../../domain/event-reject.ts'
import { unescapedHashes } from './log-escapes.ts'

/** A line of HAProxy's HTTP log, escapes undone. */
export interface HaproxyLine {
  readonly client: string
  readonly time: string
  readonly frontend: string
  readonly backend: string
  readonly server: string
  /** TR, Tw, Tc, Tr and Ta in milliseconds; -1 for what was never reached. */
  readonly timers: readonly number[]
  readonly status: string
  readonly bytes: string
  readonly termination: string
  /** What was captured of the request's headers, and of the response's. */
  readonly requestHeaders: readonly string[]
  readonly responseHeaders: readonly string[]
  readonly request: string
  /** False for a line that was cut, which HAProxy does at 1,024 bytes. */
  readonly isWhole: boolean
  readonly rest: string
}

/** Without a zone and with milliseconds: nobody else has such a time. */
const TIME = /\[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] /
const FIELDS = 10

/**
 * Takes a line of `option httplog` apart, with or without a syslog head before it and captures in it:
 * `10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in back/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a|b} {c} "GET / HTTP/1.1"`.
 */
export function haproxyLine(line: string): HaproxyLine | EventReject {
  const time = TIME.exec(line)
  if (time === null) return notHaproxy('it has no time in brackets')
  const head = line.slice(0, time.index).trimEnd()
  const words = line.slice(time.index + time[0].length).split(' ', FIELDS)
  const [frontend = '', backendAndServer = '', timers = '', status = '', bytes = '', , , termination = ''] = words
  if (!/^[+\d/-]+$/.test(timers)) return notHaproxy('it has no timers after the server’s name')
  const restAt = time.index + time[0].length + words.join(' ').length + 1
  const rest = words.length === FIELDS ? restOf(line.slice(restAt)) : restOf('')
  const slash = backendAndServer.indexOf('/')
  return {
    client: head.slice(head.lastIndexOf(' ') + 1),
    time: time[1] ?? '',
    frontend: frontend.replace(/~$/, ''),
    backend: backendAndServer.slice(0, slash),
    server: backendAndServer.slice(slash + 1),
    timers: timers.split('/').map((timer) => Number(timer)),
    status,
    bytes: bytes.replace('+', ''),
    termination,
    ...rest,
  }
}

/** What follows the counters: captures, the request, and what a log format of one's own has behind it. */
function restOf(
  text: string,
): Pick<HaproxyLine, 'requestHeaders' | 'responseHeaders' | 'request' | 'isWhole' | 'rest'> {
  const [whole, first, second] = /^(?:\{([^}]*)\} )?(?:\{([^}]*)\} )?/.exec(text) ?? ['']
  const quoted = text.slice(whole.length)
  const end = quoted.startsWith('"') ? quoted.indexOf('"', 1) : -1
  return {
    requestHeaders: headersOf(first),
    responseHeaders: headersOf(second),
    request: quoted.startsWith('"') ? quoted.slice(1, end < 0 ? undefined : end) : '',
    isWhole: end >= 0,
    rest: end < 0 ? '' : quoted.slice(end + 1),
  }
}

function headersOf(captured = ''): readonly string[] {
  return captured.split('|').map(unescapedHashes)
}

function notHaproxy(reason: string): EventReject {
  return new EventReject('bad.request', () => `The line is not in HAProxy’s HTTP log format: ${reason}.`)
}
