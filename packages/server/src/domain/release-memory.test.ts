import { expect, test } from 'vitest'
import { releaseMemory } from './release-memory.ts'

test('memory of its own is given back, what others share or see is left', () => {
  const own = new Uint32Array(10_000)
  releaseMemory(own)
  expect([own.length, own.buffer.detached]).toEqual([0, true])
  const shared = new Uint8Array(100_000).fill(7)
  releaseMemory(shared.subarray(0, 50_000))
  expect(shared[99]).toBe(7)
  const pooled = Buffer.from('a small text')
  releaseMemory(pooled)
  expect(pooled.toString()).toBe('a small text')
})
