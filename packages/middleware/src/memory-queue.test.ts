import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Batch } from './event-queue.ts'
import { MemoryQueue } from './memory-queue.ts'

const limits = fc.record({
  batchEvents: fc.integer({ min: 1, max: 7 }),
  maxEvents: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 20, max: 400 }),
})
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      text: fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', '')),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('take', 'settle', 'give back', 'seal') }) },
)

/** The lines that are sent. */
function textsOf({ lines }: Batch): readonly string[] {
  return lines.body.toString().split('\n').slice(0, -1)
}

test('whatever is added and sent, a queue stays in its bounds, and each event is sent once, in order, or told as lost', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 120 }), async (bounds, steps) => {
      let dropped = 0
      const queue = new MemoryQueue(
        bounds,
        (count) => (dropped += count),
        () => {},
      )
      const kept: string[] = []
      const settled: string[] = []
      let taken: Batch | undefined
      for (const [index, next] of steps.entries()) {
        if (next.do === 'add') {
          const line = `${index} ${'text' in next ? next.text : ''}`
          const before = dropped
          queue.add(line)
          if (dropped === before) kept.push(line)
        } else if (next.do === 'seal') {
          await queue.seal()
        } else if (next.do === 'take') {
          taken ??= await queue.take()
        } else if (taken !== undefined && next.do === 'settle') {
          settled.push(...textsOf(taken))
          await taken.settle()
          // Saying it twice must not make room twice.
          await taken.settle()
          taken = undefined
        } else if (taken !== undefined) {
          queue.giveBack(taken)
          taken = undefined
        }
        const waiting = kept.slice(settled.length)
        const bytes = waiting.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
        expect([queue.waiting, queue.bytes]).toEqual([waiting.length, bytes])
        expect(waiting.length).toBeLessThanOrEqual(bounds.maxEvents)
        expect(bytes).toBeLessThanOrEqual(bounds.maxBytes)
        expect(taken?.lines.events ?? 0).toBeLessThanOrEqual(bounds.batchEvents)
      }
      if (taken !== undefined) queue.giveBack(taken)
      await queue.seal()
      for (let batch = await queue.take(); batch !== undefined; batch = await queue.take())
        settled.push(...textsOf(batch))
      expect(settled).toEqual(kept)
    }),
  )
})

test('a full batch is told at once, and a closed queue takes nothing', async () => {
  const told: string[] = []
  const limits = { batchEvents: 2, maxEvents: 10, maxBytes: 1000 }
  const queue = new MemoryQueue(
    limits,
    (count, reason) => told.push(`${count} ${reason}`),
    () => told.push('ready'),
  )
  for (const line of ['a', 'b', 'c']) queue.add(line)
  expect(told).toEqual(['ready'])
  expect(await queue.close()).toBe(3)
  queue.add('late')
  expect(told).toEqual(['ready', '1 closed'])
})
