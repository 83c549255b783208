import type { FinishedCall } from './finished-call.ts'
import type { Dropped, MeterError } from './reports.ts'

/** What a function of the request may say of it: nothing for unknown; a number is written as text. */
export type Told = string | number | null | undefined

/**
 * Reads one text out of the framework's own request, when the call has finished, so that what an authenticating
 * middleware put there can be read. It may throw or return a promise: no request waits for it. The call is then counted
 * without that text, after 10 s at the latest, and `onError` is told. Texts are cut at 256 characters.
 */
export type TextOf<Request> = (request: Request) => Told | PromiseLike<Told>

/** Which calls are not counted. All that are given count: a call is left out when any of them says so. */
export interface ExcludedCalls {
  /** Such as `['HEAD', 'OPTIONS']`; upper or lower case. */
  readonly methods?: readonly string[]
  /** Whole paths without a query (`'/healthz'`), everything below one (`'/internal/*'`), or patterns of the path. */
  readonly paths?: readonly (string | RegExp)[]
}

/** A folder in which events wait until Routemeter has them. Several processes can share one. */
export interface SpoolOptions {
  /** Made with mode 0700 where it is missing. */
  readonly directory: string
  /** Bytes that the folder may hold, of all its processes together (others are looked at every 20 s): 1 MiB or more.
   * What comes on top is dropped and reported. @defaultValue 268435456 (256 MiB) */
  readonly maxBytes?: number
  /** Flush each file to the disk when it is complete, after `batchMs` at the latest: then losing power loses no more than
   * that. Killed processes lose nothing that was written, with or without. @defaultValue true */
  readonly fsync?: boolean
}

/** What every framework's middleware takes. `Request` is the framework's own. */
export interface MeterOptions<Request> {
  /** Routemeter's address, such as `https://usage.example.com`. @defaultValue ROUTEMETER_URL */
  readonly url?: string
  /** An ingest key, `rmk_…`. @defaultValue ROUTEMETER_INGEST_KEY */
  readonly key?: string

  /** Who called. */
  readonly clientId?: TextOf<Request>
  /** The caller's name for people. */
  readonly clientName?: TextOf<Request>
  /** On whose behalf. */
  readonly userId?: TextOf<Request>
  /** The kind of caller or product. */
  readonly platform?: TextOf<Request>
  /** The organization in which the call was made; needs a key made with `anyOrganization`. @defaultValue the key's own */
  readonly organizationId?: TextOf<Request>
  /** Calls that are not counted: lists, or a function of the finished call. @defaultValue none */
  readonly exclude?: ExcludedCalls | ((call: FinishedCall, request: Request) => boolean)

  /** Events in one body: 1 to 10,000. @defaultValue 1000 */
  readonly batchEvents?: number
  /** Milliseconds after which a batch is sent, full or not: 10 to 60,000. @defaultValue 1000 */
  readonly batchMs?: number
  /** Events in memory, those on their way included: 1 to 10,000,000. What comes on top is dropped and reported.
   * @defaultValue 100000 */
  readonly maxEvents?: number
  /** Bytes of events in memory, as they are sent: 16 KiB or more. @defaultValue 33554432 (32 MiB) */
  readonly maxBytes?: number
  /** Compress bodies, for a Routemeter that is far away. @defaultValue false */
  readonly gzip?: boolean
  /** Milliseconds for one attempt to send: 100 to 600,000. @defaultValue 10000 */
  readonly timeoutMs?: number
  /** Milliseconds that `close()` and a signal take at most for the rest: 0 to 600,000. @defaultValue 5000 */
  readonly closeTimeoutMs?: number
  /** Signals on which everything is sent at once, such as `['SIGTERM']`. When nobody else listens to the signal the
   * process then ends by it, as it would have. @defaultValue none */
  readonly sendOnSignals?: readonly NodeJS.Signals[]
  /** Keep events on disk until Routemeter has them. @defaultValue none: in memory */
  readonly spool?: SpoolOptions

  /** Told what goes wrong; must not block. @defaultValue a process warning, at most one a minute of a kind */
  readonly onError?: (error: MeterError) => void
  /** Told how many events are lost, and why. @defaultValue a process warning, at most one a minute of a reason */
  readonly onDropped?: (dropped: Dropped) => void
}
