import { Refusal } from '../../domain/refusal.ts'
import { parseJsonBody } from './json-text.ts'
import type { Source } from './source.ts'

/** One event of api.md §3, or a list of events. */
export const nativeJson: Source = {
  name: 'native-json',
  mediaTypes: ['application/json'],
  parse(body) {
    const value = parseJsonBody(body)
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    if (typeof value === 'object' && value !== null) return [value]
    throw new Refusal('bad.request', 'The body must be an event or a list of events: a JSON object or array.')
  },
}
