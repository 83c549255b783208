import { expect, test } from 'vitest'
import { bounded } from './bounded.ts'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('so many run at once, the rest in order', async () => {
  const inTurn = bounded(2, 10)
  const gates = Array.from({ length: 5 }, gate)
  const started: number[] = []
  const all = gates.map(({ opened }, index) =>
    inTurn(async () => {
      started.push(index)
      await opened
      return index
    }),
  )
  await Promise.resolve()
  expect(started).toEqual([0, 1])
  gates[1]?.open()
  await all[1]
  expect(started).toEqual([0, 1, 2])
  for (const { open } of gates) open()
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
  expect(started).toEqual([0, 1, 2, 3, 4])
})

test('what is too much is refused with a time to retry, and later work runs again', async () => {
  const inTurn = bounded(1, 1)
  const first = gate()
  const running = inTurn(() => first.opened)
  const waiting = inTurn(async () => 'waited')
  await expect(inTurn(async () => 'refused')).rejects.toMatchObject({ code: 'too.many.requests', retryAfter: 1 })
  first.open()
  await running
  expect(await waiting).toBe('waited')
  expect(await inTurn(async () => 'again')).toBe('again')
})

test('work that fails gives its place on', async () => {
  const inTurn = bounded(1, 1)
  const failing = inTurn(() => Promise.reject(new Error('broken')))
  const next = inTurn(async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
  expect(await inTurn(async () => 'again')).toBe('again')
})
