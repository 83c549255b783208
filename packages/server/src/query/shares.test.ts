import { expect, test } from 'vitest'
import { Refusal } from '../domain/refusal.ts'
import { NoRoom, Shares } from './shares.ts'

const shares = () => new Shares({ maxQueuedPerOrganization: 3, maxKeptBytesPerOrganization: 100 })

test('what waits and what is on its way to disk share the places in the queue', () => {
  const some = shares()
  const leave = some.arrive('acme', 1)
  some.arrive('acme', 1)
  expect(() => some.arrive('acme', 1)).toThrow(Refusal)
  some.arrive('other', 0)
  leave()
  some.arrive('acme', 1)
})

test('attempts that run at once share the organization’s bytes, and an attempt that is given up returns its own', () => {
  const some = shares()
  const one = some.claim('acme')
  const two = some.claim('acme')
  one.add(60)
  two.add(40)
  expect(() => two.add(1)).toThrow(NoRoom)
  some.claim('other').add(100)
  one[Symbol.dispose]()
  two.add(60)
  expect(() => two.add(1)).toThrow(NoRoom)
})

test('what is kept counts until the metadata says that it is gone', () => {
  const some = shares()
  const claim = some.claim('acme')
  claim.add(100)
  some.arrive('acme', 0)
  claim.keep()
  claim[Symbol.dispose]()
  expect(() => some.arrive('acme', 0)).toThrow(
    'The kept results of your organization take [100] bytes, which is the maximum. Retry the request in [60] seconds',
  )
  expect(() => some.claim('acme').add(1)).toThrow(NoRoom)
  some.recount(new Map([['acme', 99]]))
  some.arrive('acme', 0)
  some.claim('acme').add(1)
})
