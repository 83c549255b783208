import { CORRELATION_HEADER } from './answer-headers.ts'

const integer = (description: string) => ({ description, schema: { type: 'integer', minimum: 0 } }) as const

/** The headers of answers that a program may want to read (wire.md §4), each described once. */
export const HEADER_COMPONENTS = {
  [CORRELATION_HEADER]: {
    description: 'This answer’s name, which the server’s log has too.',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  },
  'inin-ratelimit-count': integer('Requests that were counted in this minute, of the limit that is nearest.'),
  'inin-ratelimit-allowed': integer('Requests that are allowed in a minute; 2147483647 when there is no limit.'),
  'inin-ratelimit-reset': integer('Seconds until the next minute begins.'),
  'Retry-After': {
    description: 'Seconds until the same request is worth sending again.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': {
    description: 'The scheme in which credentials are expected.',
    required: true,
    schema: { type: 'string' },
  },
} as const

export function headerReference(name: keyof typeof HEADER_COMPONENTS) {
  return { [name]: { $ref: `#/components/headers/${name}` } }
}

/** What every answer carries. */
export const ANSWER_HEADERS = {
  ...headerReference(CORRELATION_HEADER),
  ...headerReference('inin-ratelimit-count'),
  ...headerReference('inin-ratelimit-allowed'),
  ...headerReference('inin-ratelimit-reset'),
}
