import protobuf from 'protobufjs'

/** As opentelemetry-proto has it (trace/v1, common/v1, resource/v1), without what nobody here reads. */
const PROTO = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans {
  Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3;
  repeated ScopeSpans instrumentation_library_spans = 1000;
}
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
  Kind kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  Status status = 15; fixed32 flags = 16;
  enum Kind { NONE = 0; SPAN_KIND_INTERNAL = 1; SPAN_KIND_SERVER = 2; SPAN_KIND_CLIENT = 3; }
}
message Status { string message = 2; uint32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value {
  string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message Response { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; }
`
const { root } = protobuf.parse(PROTO)

/** For tests: a request of OTLP's JSON in protobuf, by a library's reading of the protocol's own definition. */
export function encodeTraces(request: object): Buffer {
  const type = root.lookupType('Request')
  const withBytes = JSON.parse(JSON.stringify(request), (name, value) =>
    /^(?:trace|span|parentSpan)Id$/.test(name) && /^[0-9a-f]*$/i.test(value)
      ? Buffer.from(value, 'hex').toString('base64')
      : value,
  )
  return Buffer.from(type.encode(type.fromObject(withBytes)).finish())
}

/** For tests: what is answered in protobuf, as JSON. */
export function decodeAnswer(type: 'Response' | 'RpcStatus', bytes: Uint8Array): object {
  const message = root.lookupType(type)
  return message.toObject(message.decode(bytes), { longs: String })
}
