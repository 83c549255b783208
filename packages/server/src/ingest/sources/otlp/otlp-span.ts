/** A span of OTLP as both of its encodings tell it, as far as calls are counted by it. */
export interface OtlpSpan {
  /** Lower-case hexadecimal; undefined without a valid one. */
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  /** Nanoseconds since 1970. */
  readonly start: bigint | undefined
  readonly end: bigint | undefined
  /** The span's, and the resource's where the span has none of that name. */
  readonly attributes: Attributes
}

/** By their keys, which have dots in them; without a prototype, because anybody chooses them. */
export type Attributes = Readonly<Record<string, unknown>>

/** Only a server's own spans are calls to it (sources.md, "Decided"). */
export const SERVER_KIND = 2
export const TRACE_ID_BYTES = 16
export const SPAN_ID_BYTES = 8
/** Values in values are passed over beyond so many levels. */
export const DEEPEST_VALUE = 16

export function noAttributes(): Record<string, unknown> {
  return Object.create(null)
}

/** An id that is all zeros is none (OTLP). */
export function validId(hex: string): string | undefined {
  return /^0*$/.test(hex) ? undefined : hex
}
