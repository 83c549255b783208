import { EventReject } from '../domain/event-reject.ts'
import { Refusal, shown } from '../domain/refusal.ts'
import { FORMATS, formatNamed } from './formats.ts'
import type { Format, FormatOptions, JsonObject, ReadCall } from './sources/format.ts'
import { jsonRecords, looksLikeJson, recordsOf } from './sources/json-records.ts'

/** Reads the lines of one log. */
export interface LineFormat {
  /** As `--format` has it. */
  readonly name: string
  readonly takes: 'text' | 'json' | 'both'
  /**
   * The calls of a line, in order: none of a blank line, mostly one, several where objects were joined without a newline
   * or stand in a list. What cannot be read is one reject that says why. Never throws for what stands in the line.
   */
  read(line: string): readonly ReadCall[]
  /** As `read`, of lines that anybody may have sent: each call when it is asked for, one line may have millions. */
  readStrangers(lines: readonly string[]): Iterable<ReadCall>
  /** As `read`, of a JSON value: an object, or a list of objects. */
  readValue(value: unknown): readonly ReadCall[]
  /** As `readValue`, each call when it is asked for. */
  readStrangersValue(value: unknown): Iterable<ReadCall>
}

const NOTHING: readonly ReadCall[] = []

/**
 * @param name one of the names of `FORMAT_NAMES`; `auto` is not one: ask `recognizeFormat` first.
 * @throws Refusal for a name that is none, and for options that the format cannot follow.
 */
export function lineFormat(name: string, options: FormatOptions): LineFormat {
  const format = formatNamed(name)
  if (format === undefined) throw unknownFormat(name)
  const readText = format.text?.reader(options)
  const readRecord = format.json?.reader(options)
  const readStrangers = format.text?.strangersReader?.(options)
  const readLine = (line: string): Iterable<ReadCall> => {
    if (isBlank(line)) return NOTHING
    if (readRecord !== undefined && (readText === undefined || looksLikeJson(line))) {
      return callsOf(jsonRecords(line), readRecord)
    }
    return readText === undefined ? NOTHING : [readText(withoutReturn(line))]
  }
  const readStrangersValue = (value: unknown) => callsOf(recordsOf(value), readRecord ?? rejectRecord)
  return {
    name,
    takes: readText === undefined ? 'json' : readRecord === undefined ? 'text' : 'both',
    read(line) {
      const calls = readLine(line)
      return Array.isArray(calls) ? calls : [...calls]
    },
    *readStrangers(lines) {
      if (readStrangers !== undefined) yield* readStrangers(lines.filter((line) => !isBlank(line)).map(withoutReturn))
      else for (const line of lines) yield* readLine(line)
    },
    readValue: (value) => [...readStrangersValue(value)],
    readStrangersValue,
  }
}

/** What `--format` takes, and /v1/sources/NAME, beside `auto`. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name)

const [SPACE, DELETE] = [32, 127]

/** Lines that are looked at before one gives up. */
const MOST_LINES = 20

/**
 * The format that the first lines of a log are in: the one that recognizes the most of them, of several the more
 * particular one. Undefined when none recognizes any.
 */
export function recognizeFormat(firstLines: readonly string[]): string | undefined {
  const lines = firstLines.filter((line) => !isBlank(line)).slice(0, MOST_LINES)
  const scores = FORMATS.map((format) => ({
    name: format.name,
    lines: lines.filter((line) => isIn(format, withoutReturn(line))).length,
  }))
  const best = scores.reduce((a, b) => (b.lines > a.lines ? b : a), { name: '', lines: 0 })
  return best.lines === 0 ? undefined : best.name
}

function isIn({ text, json }: Format, line: string): boolean {
  if (!looksLikeJson(line)) return text?.recognizes(line) ?? false
  if (json === undefined) return false
  const [record] = jsonRecords(line)
  return record !== undefined && !(record instanceof EventReject) && json.recognizes(record)
}

function* callsOf(
  records: readonly (JsonObject | EventReject)[],
  read: (record: JsonObject) => ReadCall | readonly ReadCall[],
): Iterable<ReadCall> {
  for (const record of records) {
    const calls = record instanceof EventReject ? record : read(record)
    if (isList(calls)) yield* calls
    else yield calls
  }
}

function isList(calls: ReadCall | readonly ReadCall[]): calls is readonly ReadCall[] {
  return Array.isArray(calls)
}

function rejectRecord(): EventReject {
  return new EventReject('bad.request', () => 'The format has lines of text, not JSON.')
}

export function isBlank(line: string): boolean {
  const first = line.charCodeAt(0)
  return !(first > SPACE && first < DELETE) && line.trim() === ''
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function unknownFormat(name: string): Refusal {
  return new Refusal('not.found', 'There is no format [{name}]. There are: {allowed}.', {
    name: shown(name),
    allowed: FORMAT_NAMES.join(', '),
  })
}
