/** Whether so many bytes are the same in two places, four at a time: a view reads them wherever they lie. */
export function sameBytes(a: DataView, at: number, b: DataView, bt: number, length: number): boolean {
  let index = 0
  for (; index + 4 <= length; index += 4) {
    if (a.getInt32(at + index, true) !== b.getInt32(bt + index, true)) return false
  }
  for (; index < length; index++) if (a.getUint8(at + index) !== b.getUint8(bt + index)) return false
  return true
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
