import { EventReject } from '../domain/event-reject.ts'
import { type LineFormat, lineFormat } from './line-format.ts'
import type { SourceEvent } from './sources/event-fields.ts'
import type { FormatOptions, ReadCall } from './sources/format.ts'
import { WeightedEvent } from './sources/weighted-event.ts'

/** A LineFormat for whoever sends single events: what stands for many calls is a reject that says where it can go. */
export interface CallFormat extends Pick<LineFormat, 'name' | 'takes'> {
  read(line: string): readonly (SourceEvent | EventReject)[]
  readValue(value: unknown): readonly (SourceEvent | EventReject)[]
}

/** @throws Refusal as `lineFormat` does. */
export function callFormat(name: string, options: FormatOptions): CallFormat {
  const { takes, read, readValue } = lineFormat(name, options)
  return {
    name,
    takes,
    read: (line) => read(line).map(single),
    readValue: (value) => readValue(value).map(single),
  }
}

function single(call: ReadCall): SourceEvent | EventReject {
  if (!(call instanceof WeightedEvent)) return call
  const { calls } = call.weight
  return new EventReject(
    'invalid.value',
    () => `A record of ${calls} calls cannot be sent as one event: post the lines to /v1/sources/apitally.`,
  )
}
