import type { EventField, FieldMap } from './event-fields.ts'
import { isJwtClaim, jwtClaim } from './jwt-claim.ts'
import { logTime } from './log-time.ts'
import { durationOf, numberOf, textOf } from './log-value.ts'
import type { FoundCall } from './source-event.ts'

/** What a format lets a field map name. */
export interface MappedLog<Parsed> {
  /** The value of a log field or variable of that name. */
  valueOf(parsed: Parsed, name: string): unknown
  /** Milliseconds of the unit that the format's durations are in. */
  readonly durationUnit: number
  /** Whether the format's times are the ends of calls: then a duration is taken off (decisions.md 7). */
  readonly timeIsEnd: boolean
}

/** Puts what a field map names in the place of what a format found. Undefined for a map that names nothing. */
export function mappedFields<Parsed>(
  map: FieldMap,
  timeZone: string,
  log: MappedLog<Parsed>,
): ((found: FoundCall, parsed: Parsed) => FoundCall) | undefined {
  const names = Object.entries(map) as [EventField, string][]
  if (names.length === 0) return undefined
  const status = map.status
  return (found, parsed) => {
    const code = status === undefined ? found.status : numberOf(log.valueOf(parsed, status))
    const fields: { -readonly [Field in keyof FoundCall]: FoundCall[Field] } = { ...found, status: code }
    for (const [field, name] of names) {
      const value = isJwtClaim(name)
        ? jwtClaim(name, code, (header) => headerOrField(parsed, header, log))
        : log.valueOf(parsed, name)
      setField(fields, field, value, timeZone, log.durationUnit)
    }
    if (map.path !== undefined && map.templateUri === undefined) fields.templateUri = undefined
    if (log.timeIsEnd) {
      const end = map.time === undefined ? found.time + whole(found.durationMs) : fields.time
      fields.time = end - whole(fields.durationMs)
    }
    return fields
  }
}

function whole(durationMs: number): number {
  return durationMs >= 0 ? durationMs : 0
}

/** A header by its own name, or a log field that has it. */
function headerOrField<Parsed>(parsed: Parsed, name: string, log: MappedLog<Parsed>): unknown {
  return log.valueOf(parsed, `http_${name.toLowerCase().replaceAll('-', '_')}`) ?? log.valueOf(parsed, name)
}

function setField(
  fields: { -readonly [Field in keyof FoundCall]: FoundCall[Field] },
  field: EventField,
  value: unknown,
  timeZone: string,
  durationUnit: number,
): void {
  switch (field) {
    case 'time':
      fields.time = logTime(value, timeZone)
      return
    case 'status':
      return
    case 'durationMs':
      fields.durationMs = durationOf(value, durationUnit)
      return
    case 'requestBytes':
    case 'responseBytes':
      fields[field] = numberOf(value)
      return
    default:
      fields[field] = textOf(value)
  }
}
