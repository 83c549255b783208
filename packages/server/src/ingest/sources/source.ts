import type { ScannedEvent } from './scanned-event.ts'

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
  parse(body: Uint8Array, scanned?: ScannedEvent): Iterable<unknown>
}
