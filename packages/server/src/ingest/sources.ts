import { cloudEvent, cloudEventsBatch } from './sources/cloudevents.ts'
import { nativeJson } from './sources/native-json.ts'
import { nativeNdjson } from './sources/native-ndjson.ts'
import type { Source } from './sources/source.ts'

/** Every format that is read. To add one: write its file, list it here, add golden lines. */
export const SOURCES: readonly Source[] = [nativeNdjson, nativeJson, cloudEvent, cloudEventsBatch]

/** The media types that POST /v1/events takes. */
export const EVENT_MEDIA_TYPES: readonly string[] = SOURCES.flatMap((source) => source.mediaTypes)

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
