import type { FieldMap } from './event-fields.ts'
import type { ScannedEvent } from './scanned-event.ts'

/** What a CloudEvent in binary mode has in headers, by the names of its attributes. */
export type CloudEventAttributes = Readonly<Record<string, string>>

/** How a body is to be read, beside its format: plain data, because reader threads are told it. */
export interface Reading {
  /** The body's Content-Type without its parameters, in lower case; "" without one. */
  readonly mediaType: string
  readonly map: FieldMap
  /** An IANA name: where times are that say no zone. */
  readonly timeZone: string
  /** The pattern of the format `regex`, with named groups. */
  readonly regex?: string | undefined
  /** Of a CloudEvent whose body is its data alone. */
  readonly attributes?: CloudEventAttributes | undefined
  /** The platform of calls whose format has none. */
  readonly platform?: string | undefined
  /** Ids for events that have none of their own; without them a resend of those counts again. */
  readonly ids?: PositionIds | undefined
}

/** What a body's events get ids from, each with its position in it (decisions.md 2); undefined: they get none. */
export interface PositionIds {
  /** In a body with one event. */
  readonly ofOne: string | undefined
  /** In a body with several. */
  readonly ofMany: string | undefined
}

export const WITHOUT_IDS: PositionIds = { ofOne: undefined, ofMany: undefined }

export const PLAIN_READING: Reading = { mediaType: '', map: {}, timeZone: 'UTC' }

/**
 * A format in which events arrive. To add one: write its file here, list it in ../sources.ts, add golden lines.
 */
export interface Source {
  /** As callers of `Ingest.accept` name it. */
  readonly name: string
  /** The media types of POST /v1/events that it reads; none for what comes in by a door of its own. */
  readonly mediaTypes: readonly string[]
  /**
   * Takes a body apart, lazily, so that a long one can be worked off in slices. Its events in order, each as the JSON
   * value of api.md §3, still unchecked, as a WeightedEvent where it stands for many calls, or as an EventReject where
   * there is none to read; what is blank is left out.
   * @param scanned a source that reads lines of the usual kind without parsing them fills it in and yields it, for one
   *   event after another.
   * @throws Refusal bad.request for an envelope that cannot be read: then nothing of the body counts.
   */
  parse(body: Uint8Array, reading: Reading, scanned?: ScannedEvent): Iterable<unknown>
}
