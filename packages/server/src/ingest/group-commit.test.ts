import { describe, expect, test } from 'vitest'
import { anEvent, eventsOf } from '../domain/an-event.ts'
import type { EventBatch } from '../domain/event-batch.ts'
import { SILENT_LOG } from '../domain/log.ts'
import { TextNumbers } from '../domain/text-numbers.ts'
import { EventBatchBuilder } from '../store/event-batch-builder.ts'
import { IdentityHash } from '../store/event-identity.ts'
import { type CommitReceipt, StoreUnavailable } from '../store/usage-store.ts'
import { GroupCommit } from './group-commit.ts'

/** Takes commits and finishes each when the test says so; an id that was committed before is a duplicate. */
class HeldStore {
  /** The ids that each commit had. */
  readonly commits: (readonly string[])[] = []
  readonly #finish: (() => void)[] = []
  readonly #seen = new Set<string>()
  poison: string | undefined
  unavailable = false

  async commit(batches: readonly EventBatch[]): Promise<CommitReceipt> {
    const ids = batches.map((batch) => eventsOf(batch).map(({ userId }) => userId))
    this.commits.push(ids.flat())
    await new Promise<void>((resolve) => this.#finish.push(resolve))
    if (this.unavailable) throw new StoreUnavailable('disk full')
    if (ids.flat().some((id) => id === this.poison)) throw new Error('cannot be stored')
    return { duplicates: ids.map((some) => some.filter((id) => !this.#isNew(id)).length) }
  }

  #isNew(id: string): boolean {
    const isNew = !this.#seen.has(id)
    this.#seen.add(id)
    return isNew
  }

  /** Finishes the commits that run and those that follow, until nothing waits any more. */
  async finishAll(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      const finish = this.#finish.shift()
      if (finish !== undefined) idle = 0
      finish?.()
      await Promise.resolve()
    }
  }
}

/** A batch keeps only hashes of ids: here the user is what tells events apart. */
function body(...ids: string[]): EventBatch {
  const builder = new EventBatchBuilder(new TextNumbers(), new IdentityHash('key'), ids.length)
  const organization = builder.addOrganization({ organizationId: 'acme', number: 1 })
  for (const userId of ids) builder.add(anEvent({ userId }), organization)
  return builder.finish(false)
}

function groupCommit(store: HeldStore, options: { waitMs?: number; fullWithEvents?: number } = {}) {
  return new GroupCommit({ store, log: SILENT_LOG, waitMs: 0, fullWithEvents: 100, ...options })
}

const sizes = (store: HeldStore) => store.commits.map((ids) => ids.length)

describe('bodies that arrive together', () => {
  test('share a commit while another one runs, and each learns of its own duplicates', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store)
    const receipts = [body('a', 'b'), body('a', 'c'), body('d'), body('b', 'd', 'd')].map((events) =>
      commits.commit(events),
    )
    expect(sizes(store)).toEqual([2])
    await store.finishAll()
    expect(await Promise.all(receipts)).toEqual([0, 1, 0, 3])
    expect(sizes(store)).toEqual([2, 6])
  })

  test('wait for each other for the time that is set, and no longer', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store, { waitMs: 1 })
    const receipts = [commits.commit(body('a')), commits.commit(body('b'))]
    expect(sizes(store)).toEqual([])
    while (store.commits.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await store.finishAll()
    expect(await Promise.all(receipts)).toEqual([0, 0])
    expect(sizes(store)).toEqual([2])
  })

  test('do not wait when there are enough of them', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store, { waitMs: 1_000_000, fullWithEvents: 3 })
    const receipts = [commits.commit(body('a', 'b')), commits.commit(body('c'))]
    expect(sizes(store)).toEqual([3])
    await store.finishAll()
    expect(await Promise.all(receipts)).toEqual([0, 0])
  })

  test('make groups of bounded size, of whole bodies; a bigger body is a group of its own', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store, { fullWithEvents: 4 })
    const bodies = [
      body('1'),
      body('2', '3'),
      body('4', '5'),
      body('6', '7', '8'),
      body('9', '10', '11', '12', '13'),
      body('14'),
    ]
    const receipts = bodies.map((events) => commits.commit(events))
    await store.finishAll()
    await Promise.all(receipts)
    expect(sizes(store)).toEqual([1, 4, 3, 5, 1])
  })

  test('are committed at once from when there is no time left', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store, { waitMs: 1_000_000 })
    const receipts = [commits.commit(body('a'))]
    commits.hurry()
    receipts.push(commits.commit(body('b')))
    await store.finishAll()
    expect(await Promise.all(receipts)).toEqual([0, 0])
    expect(sizes(store)).toEqual([1, 1])
  })
})

describe('a commit that fails', () => {
  test('because the store is unavailable fails every body in it, and the next group is tried', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store)
    store.unavailable = true
    const receipts = [body('a'), body('b'), body('c')].map((events) => commits.commit(events))
    const outcomes = Promise.allSettled(receipts)
    await store.finishAll()
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual(
      Array(3).fill(expect.any(StoreUnavailable)),
    )
    expect(sizes(store)).toEqual([1, 2])
    store.unavailable = false
    const later = commits.commit(body('a'))
    await store.finishAll()
    expect(await later).toBe(0)
  })

  test('because of one body does not fail the others', async () => {
    const store = new HeldStore()
    const commits = groupCommit(store)
    store.poison = 'bad'
    const receipts = [body('first'), body('a'), body('b', 'bad'), body('a', 'c')].map((events) =>
      commits.commit(events),
    )
    const outcomes = Promise.allSettled(receipts)
    await store.finishAll()
    expect(await outcomes).toEqual([
      { status: 'fulfilled', value: 0 },
      { status: 'fulfilled', value: 0 },
      { status: 'rejected', reason: new Error('cannot be stored') },
      { status: 'fulfilled', value: 1 },
    ])
  })

  test('is measured like one that succeeds', async () => {
    const store = new HeldStore()
    const recorded: boolean[] = []
    const commits = new GroupCommit({
      store,
      log: SILENT_LOG,
      waitMs: 0,
      fullWithEvents: 1,
      recordCommit: (milliseconds, succeeded) => recorded.push(succeeded && milliseconds >= 0),
    })
    store.poison = 'bad'
    const outcomes = Promise.allSettled([commits.commit(body('a')), commits.commit(body('bad'))])
    await store.finishAll()
    await outcomes
    expect(recorded).toEqual([true, false])
  })
})
