import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FairQueue } from './fair-queue.ts'

describe('FairQueue', () => {
  test('serves owners in turn and each owner in the order of arrival', () => {
    const queue = new FairQueue<string>()
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.add(item.charAt(0), item)
    expect(drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    expect(queue.isEmpty).toBe(true)
    expect(queue.take()).toBeUndefined()
  })

  test('gives what was put back the next turn of its owner, not that of others', () => {
    const queue = new FairQueue<string>()
    for (const item of ['a1', 'a2', 'b1', 'a3']) queue.add(item.charAt(0), item)
    const first = queue.take()
    queue.addFirst('a', String(first))
    expect(drain(queue)).toEqual(['b1', 'a1', 'a2', 'a3'])
  })

  /** What a test does to the queue; every owner is a letter, an item is its owner and a number. */
  const operation = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('add' as const), owner: fc.constantFrom('a', 'b', 'c', 'd') }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('putBack' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), place: fc.nat(20) }) },
  )

  test('agrees with a list that is searched for whose turn is longest ago', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = new FairQueue<string>()
        const naive = new NaiveQueue()
        let last: string | undefined
        operations.forEach((step, number) => {
          if (step.kind === 'add') {
            queue.add(step.owner, `${step.owner}${number}`)
            naive.waiting.push(`${step.owner}${number}`)
          } else if (step.kind === 'take') {
            last = queue.take()
            expect(last).toBe(naive.take())
          } else if (step.kind === 'remove') {
            const item = naive.waiting[step.place]
            if (item === undefined) return
            queue.remove(item.charAt(0), (other) => other === item)
            naive.waiting.splice(step.place, 1)
          } else if (last !== undefined) {
            queue.addFirst(last.charAt(0), last)
            naive.waiting.unshift(last)
            last = undefined
          }
          naive.notice(number)
          for (const owner of 'abcd') {
            expect(queue.waiting(owner)).toBe(naive.waiting.filter((item) => item.startsWith(owner)).length)
          }
          expect(queue.isEmpty).toBe(naive.waiting.length === 0)
        })
      }),
    )
  })

  test('never serves an owner twice while another waits, nor two of one owner out of order', () => {
    const loads = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 30 }))
    fc.assert(
      fc.property(loads, (load) => {
        const queue = new FairQueue<string>()
        for (const [owner, count] of Object.entries(load)) {
          for (let number = 0; number < count; number += 1) queue.add(owner, `${owner}${number}`)
        }
        const order = drain(queue)
        for (const [owner, count] of Object.entries(load)) {
          const turns = order.flatMap((item, turn) => (item.startsWith(owner) ? [turn] : []))
          expect(turns.map((turn) => order[turn])).toEqual(Array.from({ length: count }, (_, number) => owner + number))
          for (const [turn, next] of turns.slice(0, -1).map((turn, index) => [turn, turns[index + 1]] as const)) {
            const between = order.slice(turn + 1, next).map((item) => item.charAt(0))
            const stillWaiting = Object.keys(load).filter(
              (other) => other !== owner && order.slice(turn + 1).some((item) => item.startsWith(other)),
            )
            expect(between.toSorted()).toEqual(stillWaiting.toSorted())
          }
        }
      }),
    )
  })
})

function drain(queue: FairQueue<string>): string[] {
  const taken: string[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item)
  return taken
}

/** The same promise, written as a search: whose turn it is is who has waited longest since it came or was served. */
class NaiveQueue {
  readonly waiting: string[] = []
  readonly #since = new Map<string, number>()

  /** Called after every step: owners that began to wait in it, or were served in it, wait since then. */
  notice(step: number): void {
    for (const owner of 'abcd') {
      const waits = this.waiting.some((item) => item.startsWith(owner))
      if (!waits) this.#since.delete(owner)
      else if (!this.#since.has(owner)) this.#since.set(owner, step)
    }
  }

  take(): string | undefined {
    const [owner] = [...this.#since].toSorted(([, one], [, other]) => one - other)[0] ?? []
    if (owner === undefined) return undefined
    this.#since.delete(owner)
    const index = this.waiting.findIndex((item) => item.startsWith(owner))
    return this.waiting.splice(index, 1)[0]
  }
}
