import { createHash } from 'node:crypto'
import { UNMATCHED } from '../../domain/catalogue.ts'
import { described, EventReject, rejectField } from '../../domain/event-reject.ts'
import { readWeight } from '../../domain/weight.ts'
import type { Format, FormatOptions, JsonObject, ReadCall } from './format.ts'
import { jsonField } from './json-field.ts'
import { numberOf, textOf } from './log-value.ts'
import { mappedFields } from './mapped-fields.ts'
import { type FoundCall, sourceEvent } from './source-event.ts'
import { WeightedEvent } from './weighted-event.ts'

const MS_PER_SECOND = 1000
const FIELDS = { calls: 'request_count', durations: 'response_times' }

/**
 * What Apitally's clients send each minute: calls that they have added up by consumer, method, path and status. Their
 * time is the sync's: the client keeps no other. Durations are rounded down to 10 ms.
 */
export const apitally: Format = {
  name: 'apitally',
  json: {
    reader(options) {
      const read = recordReader(options)
      return (sync) => {
        const { requests } = sync
        if (!Array.isArray(requests)) return rejectField('requests', requests, 'a list of records')
        const names = consumerNames(sync.consumers)
        const ids = recordIds(sync)
        return requests.map((record) => read(sync, record, { names, ids }))
      }
    },
    recognizes: (record) => 'message_uuid' in record && Array.isArray(record.requests),
  },
}

/** A record, with what of its sync a field map may name. */
interface SyncRecord {
  readonly sync: JsonObject
  readonly record: JsonObject
}

interface SyncContext {
  readonly names: ReadonlyMap<string, string>
  readonly ids: (record: JsonObject) => string | undefined
}

function recordReader({ map, timeZone, platform }: FormatOptions) {
  const mapped = mappedFields<SyncRecord>(map, timeZone, {
    valueOf: ({ sync, record }, name) => jsonField(record, name) ?? jsonField(sync, name),
    durationUnit: 1,
    timeIsEnd: false,
  })
  return (sync: JsonObject, record: unknown, context: SyncContext): ReadCall => {
    if (!isObject(record)) {
      return new EventReject('bad.request', () => `A record must be a JSON object, not ${described(record)}.`)
    }
    const found = { ...foundIn(sync, record, context), platform }
    const event = sourceEvent(mapped === undefined ? found : mapped(found, { sync, record }))
    if (event instanceof EventReject) return event
    const weight = readWeight({ calls: record.request_count, durations: durationsOf(record.response_times) }, FIELDS)
    return weight instanceof EventReject ? weight : new WeightedEvent({ ...event, durationMs: undefined }, weight)
  }
}

function foundIn(sync: JsonObject, record: JsonObject, { names, ids }: SyncContext): FoundCall {
  const consumer = textOf(record.consumer)
  const path = textOf(record.path)
  return {
    id: ids(record),
    time: numberOf(sync.timestamp) * MS_PER_SECOND,
    clientId: consumer,
    clientName: consumer === undefined ? undefined : names.get(consumer),
    userId: undefined,
    method: textOf(record.method),
    path: undefined,
    // Fastify's 404 has "", and Apitally for Express leaves such a call out.
    templateUri: path ?? UNMATCHED,
    status: numberOf(record.status_code),
    durationMs: Number.NaN,
    requestBytes: bytesOf(record.request_size_sum, record.request_sizes),
    responseBytes: bytesOf(record.response_size_sum, record.response_sizes),
  }
}

/**
 * A sync that was not answered comes again as it was. Within it a record's key comes once, but for consumers with a `|` in
 * their name, whose records may look alike: those are told apart by their order.
 */
function recordIds(sync: JsonObject): (record: JsonObject) => string | undefined {
  const [instance, message] = [textOf(sync.instance_uuid), textOf(sync.message_uuid)]
  const seen = new Map<string, number>()
  return ({ consumer, method, path, status_code }) => {
    if (message === undefined) return undefined
    const key = JSON.stringify([instance, message, consumer, method, path, status_code])
    const before = seen.get(key) ?? 0
    seen.set(key, before + 1)
    return `apitally:${createHash('sha256').update(`${before} ${key}`).digest('hex')}`
  }
}

/** The client writes 0 where no call told a size; then it has no bins of sizes either. */
function bytesOf(sum: unknown, sizes: unknown): number {
  const isUntold = sum === 0 && isObject(sizes) && Object.keys(sizes).length === 0
  return isUntold ? Number.NaN : numberOf(sum)
}

function durationsOf(times: unknown): readonly (readonly [unknown, unknown])[] {
  if (!isObject(times)) return []
  return Object.entries(times).map(([milliseconds, calls]) => [numberOf(milliseconds), calls])
}

/** Names that the application gave its consumers; told once, when they are new. */
function consumerNames(consumers: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  if (!Array.isArray(consumers)) return names
  for (const consumer of consumers) {
    if (!isObject(consumer)) continue
    const [identifier, name] = [textOf(consumer.identifier), textOf(consumer.name)]
    if (identifier !== undefined && name !== undefined) names.set(identifier, name)
  }
  return names
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
