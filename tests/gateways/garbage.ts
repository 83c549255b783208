/** Bytes that are no usual request. */
export interface Garbage {
  readonly bytes: string
  /** What a log that has the request line tells of it. */
  readonly method: string
  readonly template: string
  /** The caller hangs up after it has sent this, and reads no answer. */
  readonly hangsUp?: true
}

const CLOSE = 'HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n'

export const GARBAGE = {
  'no path': { bytes: 'GET\r\n\r\n', method: 'GET', template: '(unmatched)' },
  TLS: { bytes: '\x16\x03\x01\x02 nonsense\r\n\r\n', method: '', template: '(unmatched)' },
  'lower case': { bytes: `get /lower ${CLOSE}`, method: 'GET', template: 'lower' },
  'HTTP/0.9': { bytes: 'GET /api/v2/users\r\n', method: 'GET', template: 'api/v2/users' },
  'no host': {
    bytes: 'GET /api/v2/users HTTP/1.1\r\nConnection: close\r\n\r\n',
    method: 'GET',
    template: 'api/v2/users',
  },
  'UTF-8': { bytes: `GET /api/v2/groups/caf\u00e9 ${CLOSE}`, method: 'GET', template: 'api/v2/groups/caf\u00e9' },
  space: { bytes: `GET /api/v2/a b ${CLOSE}`, method: 'GET', template: 'api/v2/a b' },
  'OPTIONS *': { bytes: `OPTIONS * ${CLOSE}`, method: 'OPTIONS', template: '(unmatched)' },
  CONNECT: { bytes: `CONNECT api.example:443 ${CLOSE}`, method: 'CONNECT', template: '(unmatched)' },
  unfinished: { bytes: 'GET /unfinished HTTP/1.1\r\nHo', method: 'GET', template: 'unfinished', hangsUp: true },
  nothing: { bytes: '', method: '', template: '(unmatched)', hangsUp: true },
} as const satisfies Record<string, Garbage>

export type GarbageName = keyof typeof GARBAGE
