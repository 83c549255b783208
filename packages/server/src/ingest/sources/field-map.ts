import { Refusal, shown } from '../../domain/refusal.ts'
import { EVENT_FIELDS, type EventField, type FieldMap } from './event-fields.ts'

const PARAMETER = 'map'

/**
 * Reads what `--map` and `?map=` say: `EVENTFIELD=LOGFIELD`, each event field once (sources.md, "Decided").
 * @throws Refusal invalid.query.param.value naming what came and what is allowed.
 */
export function parseFieldMap(entries: readonly string[]): FieldMap {
  const map: Partial<Record<EventField, string>> = {}
  for (const entry of entries) {
    const equals = entry.indexOf('=')
    const field = entry.slice(0, equals).trim()
    const source = entry.slice(equals + 1).trim()
    if (equals < 0 || source === '') throw refuse(entry, 'EVENTFIELD=LOGFIELD, such as clientId=http_x_client_id')
    if (!isEventField(field)) throw refuse(field, `one of ${EVENT_FIELDS.join(', ')} before the "="`)
    if (map[field] !== undefined) throw refuse(field, 'an event field that is named once')
    map[field] = source
  }
  return map
}

function isEventField(name: string): name is EventField {
  return EVENT_FIELDS.some((field) => field === name)
}

function refuse(given: string, allowed: string): Refusal {
  return new Refusal('invalid.query.param.value', 'The parameter [{parameter}] is {given}: it must be {allowed}.', {
    parameter: PARAMETER,
    given: JSON.stringify(shown(given)),
    allowed,
  })
}
