/** Of smaller ones the collector is not aware in that way, and giving them back costs more than it saves. */
const SMALLEST = 16 * 1024

/**
 * Gives the memory of bytes back that nobody looks at any more. The garbage collector would do it later, and begins to
 * look for such things, through all of the heap, whenever 64 MB of them may have gathered: several times a second when
 * bodies come at full speed. Memory that others may share is left alone.
 */
export function releaseMemory({ buffer, byteLength }: ArrayBufferView): void {
  if (byteLength < SMALLEST || buffer.byteLength !== byteLength) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
