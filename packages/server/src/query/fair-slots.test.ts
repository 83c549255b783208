import { expect, test } from 'vitest'
import { FairSlots } from './fair-slots.ts'

const forever = new AbortController().signal

test('so many are in at once, and the others follow in turn between their owners', async () => {
  const slots = new FairSlots(1, 10)
  const first = await slots.enter('acme', forever)
  const order: string[] = []
  const enter = async (owner: string, name: string) => {
    using _slot = await slots.enter(owner, forever)
    order.push(name)
  }
  const all = [enter('acme', 'a1'), enter('acme', 'a2'), enter('acme', 'a3'), enter('globex', 'g1')]
  first[Symbol.dispose]()
  await Promise.all(all)
  expect(order).toEqual(['a1', 'g1', 'a2', 'a3'])
})

test('an owner who has too many waiting is refused, and nobody else', async () => {
  const slots = new FairSlots(1, 1)
  const first = await slots.enter('acme', forever)
  const waiting = slots.enter('acme', forever)
  await expect(slots.enter('acme', forever)).rejects.toMatchObject({ code: 'too.many.requests', retryAfter: 5 })
  const other = slots.enter('globex', forever)
  first[Symbol.dispose]()
  const second = await waiting
  second[Symbol.dispose]()
  await other
})

test('who gives up waits no more and takes nobody’s turn', async () => {
  const slots = new FairSlots(1, 10)
  const first = await slots.enter('acme', forever)
  const leaving = new AbortController()
  const gone = slots.enter('acme', leaving.signal)
  const staying = slots.enter('acme', forever)
  leaving.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  first[Symbol.dispose]()
  await staying
})
