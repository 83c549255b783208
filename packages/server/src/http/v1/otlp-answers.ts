import protobuf from 'protobufjs/minimal.js'
import type { Refusal } from '../../domain/refusal.ts'
import type { Receipt } from '../../ingest/ingest.ts'
import { statusOf } from '../errors.ts'

export const PROTOBUF = 'application/x-protobuf'

/** An ExportTraceServiceResponse in OTLP's JSON, where numbers of 64 bits are texts. */
interface TraceResponse {
  readonly partialSuccess?: { readonly rejectedSpans: string; readonly errorMessage: string }
}

export function traceResponse({ rejected, errors }: Receipt): TraceResponse {
  if (rejected === 0) return {}
  return { partialSuccess: { rejectedSpans: String(rejected), errorMessage: errors[0]?.message ?? '' } }
}

/** The same in protobuf. */
export function protobufResponse(receipt: Receipt): Buffer {
  const { partialSuccess } = traceResponse(receipt)
  const writer = protobuf.Writer.create()
  if (partialSuccess !== undefined) {
    writer.uint32(field(1, LENGTH_DELIMITED)).fork()
    writer.uint32(field(1, VARINT)).int64(receipt.rejected)
    writer.uint32(field(2, LENGTH_DELIMITED)).string(partialSuccess.errorMessage)
    writer.ldelim()
  }
  return Buffer.from(writer.finish())
}

/** gRPC's codes for the statuses that we refuse with. */
const GRPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  408: 4,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
}
const UNKNOWN = 2

/** A google.rpc.Status, which is what OTLP answers errors with. */
export function protobufStatus({ code, message }: Refusal): Buffer {
  const writer = protobuf.Writer.create()
  writer.uint32(field(1, VARINT)).int32(GRPC_CODES[statusOf(code)] ?? UNKNOWN)
  writer.uint32(field(2, LENGTH_DELIMITED)).string(message)
  return Buffer.from(writer.finish())
}

const [VARINT, LENGTH_DELIMITED] = [0, 2]

function field(number: number, wireType: number): number {
  return number * 8 + wireType
}
