import type { EventReject } from '../../domain/event-reject.ts'
import type { FieldMap, SourceEvent } from './event-fields.ts'
import type { WeightedEvent } from './weighted-event.ts'

/** What a line or a record of a log comes to. */
export type ReadCall = SourceEvent | WeightedEvent | EventReject

export interface FormatOptions {
  readonly map: FieldMap
  /** An IANA name: where times are that say no zone. */
  readonly timeZone: string
  /** The pattern of the format `regex`, with named groups. */
  readonly regex?: string | undefined
  /** The platform of calls whose format has none: Apitally’s environment, which stands in its path. */
  readonly platform?: string | undefined
}

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * What a gateway writes: lines of text, JSON objects, or either. To add one: write its file here, list it in
 * ../formats.ts, add golden lines. Making a reader is where options are looked at; reading then happens millions of
 * times.
 */
export interface Format {
  /** As `--format` and /v1/sources/NAME have it. */
  readonly name: string
  readonly text?: {
    /** @throws Refusal for options that cannot be followed. */
    reader(options: FormatOptions): (line: string) => ReadCall
    /**
     * As `reader`, of options and lines that may be chosen to do harm: reading them ends in reasonable time. A format
     * that nobody can harm has none.
     */
    strangersReader?(options: FormatOptions): (lines: readonly string[]) => readonly ReadCall[]
    /** True for a line that only this format has, or that it is the likeliest format of. */
    recognizes(line: string): boolean
  }
  readonly json?: {
    /** A record is mostly one call; one that counts several gives a list. */
    reader(options: FormatOptions): (record: JsonObject) => ReadCall | readonly ReadCall[]
    recognizes(record: JsonObject): boolean
  }
}
