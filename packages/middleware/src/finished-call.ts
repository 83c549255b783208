/** A call that was answered, or ended without an answer. */
export interface FinishedCall {
  /** When it arrived: milliseconds since 1970. */
  readonly time: number
  readonly method: string
  /** Without a query string. */
  readonly path: string
  /** The framework's route with its mount prefixes, parameters written `{id}`; undefined where no route fits. */
  readonly template: string | undefined
  /** As it was sent; 499 when the caller left before any answer. */
  readonly status: number
  /** From the arrival to the end of the answer. */
  readonly durationMs: number
  /** Of the bodies, as they crossed the wire. */
  readonly requestBytes: number
  readonly responseBytes: number
}
