import { expect, test } from 'vitest'
import { Attempts } from './attempts.ts'

function at(start = 1_000_000) {
  const clock = { now: start }
  return { clock, attempts: new Attempts(() => clock.now) }
}
const fail = (attempts: Attempts, times: number, id = 'admin', address = '10.0.0.1') =>
  Array.from({ length: times }, () => attempts.failed(id, address))

test('the tenth failure in a minute locks, and says so once', () => {
  const { attempts } = at()
  expect(fail(attempts, 9)).toEqual(Array(9).fill(false))
  expect(attempts.wait('admin', '10.0.0.1')).toBeUndefined()
  expect(fail(attempts, 2)).toEqual([true, false])
  expect(attempts.wait('admin', '10.0.0.1')).toBe(60)
})

test('the lock ends a minute after the first failure', () => {
  const { attempts, clock } = at()
  fail(attempts, 1)
  clock.now += 45_500
  fail(attempts, 9)
  expect(attempts.wait('admin', '10.0.0.1')).toBe(15)
  clock.now += 14_499
  expect(attempts.wait('admin', '10.0.0.1')).toBe(1)
  clock.now += 1
  expect(attempts.wait('admin', '10.0.0.1')).toBeUndefined()
  expect(fail(attempts, 9)).toEqual(Array(9).fill(false))
})

test('neither another address nor another client is locked', () => {
  const { attempts } = at()
  fail(attempts, 10)
  expect(attempts.wait('admin', '10.0.0.2')).toBeUndefined()
  expect(attempts.wait('other', '10.0.0.1')).toBeUndefined()
})

test('an id and an address cannot be cut differently to hit another pair', () => {
  const { attempts } = at()
  fail(attempts, 10, 'a', 'b c')
  expect(attempts.wait('a b', 'c')).toBeUndefined()
  expect(attempts.wait('a","b c', '')).toBeUndefined()
})

test('a success forgives', () => {
  const { attempts } = at()
  fail(attempts, 9)
  attempts.succeeded('admin', '10.0.0.1')
  expect(fail(attempts, 9)).toEqual(Array(9).fill(false))
})

test('however many ids a stranger tries, so many are remembered and no more', () => {
  const { attempts } = at()
  for (let index = 0; index < 10_500; index += 1) attempts.failed(`client ${index}`, '10.0.0.1')
  expect(attempts.remembered).toBe(10_000)
})
