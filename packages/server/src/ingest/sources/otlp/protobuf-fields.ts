import protobuf from 'protobufjs/minimal.js'

/** A field of a protobuf message: whole numbers as 64 bits with a sign, everything with a length as its bytes. */
export interface WireField {
  readonly number: number
  readonly value: bigint | Uint8Array
}

const [VARINT, FIXED64, LENGTH_DELIMITED] = [0, 1, 2]

/**
 * The fields of a message in the order in which they come, of which nothing is known beforehand. A field that is of
 * another wire type than we read any of is passed over.
 * @throws Error for bytes that are no message.
 */
export function* wireFields(message: Uint8Array): Iterable<WireField> {
  const reader = protobuf.Reader.create(message)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const number = tag >>> 3
    const wireType = tag & 7
    if (number === 0) throw new Error('a field has no number')
    if (wireType === VARINT) yield { number, value: BigInt(reader.int64().toString()) }
    else if (wireType === FIXED64) yield { number, value: BigInt(reader.fixed64().toString()) }
    else if (wireType === LENGTH_DELIMITED) yield { number, value: reader.bytes() }
    else reader.skipType(wireType)
  }
}

/** The messages in a field that comes any number of times. */
export function* messagesIn(message: Uint8Array, number: number): Iterable<Uint8Array> {
  for (const field of wireFields(message)) {
    if (field.number === number && field.value instanceof Uint8Array) yield field.value
  }
}
