/** The fields of an event (api.md §3), as `--map` and `?map=` name them. */
export const EVENT_FIELDS = [
  'id',
  'time',
  'organizationId',
  'clientId',
  'clientName',
  'userId',
  'method',
  'path',
  'templateUri',
  'status',
  'platform',
  'durationMs',
  'requestBytes',
  'responseBytes',
] as const

export type EventField = (typeof EVENT_FIELDS)[number]

/** A call as a log tells it: the JSON event of api.md §3, what the log does not tell left undefined. */
export interface SourceEvent {
  readonly id: string | undefined
  /** Milliseconds since 1970; a native event may have its RFC 3339 text. */
  readonly time: number | string
  readonly organizationId: string | undefined
  readonly clientId: string | undefined
  readonly clientName: string | undefined
  readonly userId: string | undefined
  readonly method: string
  /** Normalized, without a query. */
  readonly path: string | undefined
  readonly templateUri: string | undefined
  readonly status: number
  readonly platform: string | undefined
  readonly durationMs: number | undefined
  readonly requestBytes: number | undefined
  readonly responseBytes: number | undefined
}

/** Where events take fields from in place of where their format has them: event field to log field. */
export type FieldMap = Readonly<Partial<Record<EventField, string>>>
