import { EventReject } from '../domain/event-reject.ts'
import { isBlank, type LineFormat, lineFormat, recognizeFormat } from './line-format.ts'
import { bodyLines } from './sources/body-lines.ts'
import type { ReadCall } from './sources/format.ts'
import { jsonDocument } from './sources/json-document.ts'
import { type PositionIds, type Reading, type Source, WITHOUT_IDS } from './sources/source.ts'
import { WeightedEvent } from './sources/weighted-event.ts'

/** How many of a body's first lines say what format it is in. */
const FIRST_LINES = 20
const LINES_AT_ONCE = 128

/** What POST /v1/sources/NAME takes of a format of logs: lines, or JSON. */
export function formatSource(name: string): Source {
  return {
    name,
    mediaTypes: [],
    parse: (body, reading) => withIds(readBody(lineFormat(name, reading), body, reading), reading.ids),
  }
}

/** As `formatSource`, of the format that a body's first lines are in. */
export const autoSource: Source = {
  name: 'auto',
  mediaTypes: [],
  parse(body, reading) {
    const name = recognizeFormat(firstLines(body))
    const calls = name === undefined ? rejectEach(body) : readBody(lineFormat(name, reading), body, reading)
    return withIds(calls, reading.ids)
  },
}

function readBody(format: LineFormat, body: Uint8Array, { mediaType }: Reading): Iterable<ReadCall> {
  const document = jsonDocument(body, mediaType, format.takes)
  return document === undefined ? readLines(format, body) : format.readStrangersValue(document.value)
}

/** Some at a time: a source is lazy, so that others have a turn while a long body is read. */
function* readLines(format: LineFormat, body: Uint8Array): Iterable<ReadCall> {
  let lines: string[] = []
  for (const line of bodyLines(body)) {
    if (lines.push(line) < LINES_AT_ONCE) continue
    yield* format.readStrangers(lines)
    lines = []
  }
  yield* format.readStrangers(lines)
}

function* rejectEach(body: Uint8Array): Iterable<ReadCall> {
  for (const line of bodyLines(body)) {
    if (!isBlank(line)) yield new EventReject('bad.request', () => 'The line is in none of the formats that are known.')
  }
}

function firstLines(body: Uint8Array): readonly string[] {
  const lines: string[] = []
  for (const line of bodyLines(body)) {
    if (!isBlank(line)) lines.push(line)
    if (lines.length === FIRST_LINES) break
  }
  return lines
}

/** Gives events without an id of their own one by their position, where `ids` says so. */
function* withIds(calls: Iterable<ReadCall>, ids: PositionIds = WITHOUT_IDS): Iterable<ReadCall> {
  let position = 0
  let first: ReadCall | undefined
  for (const call of calls) {
    // The first one waits: whether it gets an id may depend on whether it is the only one.
    if (position === 1 && first !== undefined) yield withId(first, 0, ids.ofMany)
    if (position === 0) first = call
    else yield withId(call, position, ids.ofMany)
    position++
  }
  if (position === 1 && first !== undefined) yield withId(first, 0, ids.ofOne)
}

function withId(call: ReadCall, position: number, base: string | undefined): ReadCall {
  if (base === undefined || call instanceof EventReject || call instanceof WeightedEvent) return call
  return (call.id ?? undefined) === undefined ? { ...call, id: `${base}:${position}` } : call
}
