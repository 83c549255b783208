import { Refusal, shown } from '../domain/refusal.ts'
import { autoSource, formatSource } from './format-source.ts'
import { formatNamed } from './formats.ts'
import { FORMAT_NAMES, lineFormat } from './line-format.ts'
import { cloudEvent, cloudEventInHeaders, cloudEventsBatch } from './sources/cloudevents.ts'
import type { FormatOptions } from './sources/format.ts'
import { nativeJson } from './sources/native-json.ts'
import { nativeNdjson } from './sources/native-ndjson.ts'
import { otlpJson, otlpProtobuf } from './sources/otlp/otlp.ts'
import type { Source } from './sources/source.ts'

/** What POST /v1/events takes, each by its media types. */
const EVENT_SOURCES: readonly Source[] = [nativeNdjson, nativeJson, cloudEvent, cloudEventInHeaders, cloudEventsBatch]

/** What POST /v1/sources/NAME takes, each by its name: every format of logs (formats.ts). */
const NAMED_SOURCES: readonly Source[] = [...FORMAT_NAMES.map(formatSource), autoSource]

/** What POST /v1/traces takes. */
const TRACE_SOURCES: readonly Source[] = [otlpJson, otlpProtobuf]

/** Every format that is read. To add one: write its file, list it above, add golden lines. */
export const SOURCES: readonly Source[] = [...EVENT_SOURCES, ...NAMED_SOURCES, ...TRACE_SOURCES]

/** The media types that POST /v1/events takes. */
export const EVENT_MEDIA_TYPES: readonly string[] = SOURCES.flatMap((source) => source.mediaTypes)

/** The names that POST /v1/sources/NAME takes. */
export const SOURCE_NAMES: readonly string[] = NAMED_SOURCES.map(({ name }) => name)

/** The source that reads a media type, given without its parameters and in lower case. */
export function sourceOf(mediaType: string): Source | undefined {
  return SOURCES.find((source) => source.mediaTypes.includes(mediaType))
}

/** @throws Error for a name that is not in the list: a bug of the caller's. */
export function sourceNamed(name: string): Source {
  const source = SOURCES.find((candidate) => candidate.name === name)
  if (source === undefined) throw new Error(`there is no source ${name}`)
  return source
}

/**
 * Whether a named source can read bodies like this.
 * @throws Refusal not.found for a name that is none, and for options that the source cannot follow.
 */
export function checkSource(name: string, options: FormatOptions): void {
  if (!SOURCE_NAMES.includes(name)) {
    throw new Refusal('not.found', 'There is no source [{name}]. There are: {allowed}.', {
      name: shown(name),
      allowed: SOURCE_NAMES.join(', '),
    })
  }
  if (formatNamed(name) !== undefined) lineFormat(name, options)
}
