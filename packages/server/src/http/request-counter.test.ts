import { describe, expect, test } from 'vitest'
import { describeRequestCounter } from './request-counter.contract.ts'
import { MemoryRequestCounter } from './request-counter.ts'

describeRequestCounter('The process’s memory', (now) => new MemoryRequestCounter(now))

describe('the memory that counting takes', () => {
  let time = 0
  const counter = (most: number) => new MemoryRequestCounter(() => time, most)
  const take = (from: MemoryRequestCounter, key: string) => from.take([{ key, allowed: 1 }])

  test('has an end: the oldest minute is forgotten, and its key starts a new one', async () => {
    const small = counter(3)
    for (const key of ['a', 'b', 'c', 'd']) {
      time += 1
      expect(await take(small, key)).toMatchObject({ taken: true })
      expect(small.remembered).toBeLessThanOrEqual(3)
    }
    expect(await take(small, 'b')).toMatchObject({ taken: false })
    expect(await take(small, 'a')).toMatchObject({ taken: true })
  })

  test('is given back as minutes end', async () => {
    const large = counter(1_000)
    for (let index = 0; index < 500; index++) await take(large, `early ${index}`)
    time += 60_000
    for (let index = 0; index < 500; index++) await take(large, `late ${index}`)
    expect(large.remembered).toBeLessThanOrEqual(501)
  })

  test('is not taken by looking, nor by what is refused', async () => {
    const idle = counter(1_000)
    await idle.take([{ key: 'shared', allowed: 1 }])
    for (let index = 0; index < 100; index++) {
      await idle.look([{ key: `key ${index}`, allowed: 1 }])
      await idle.take([
        { key: `key ${index}`, allowed: 1 },
        { key: 'shared', allowed: 1 },
      ])
    }
    expect(idle.remembered).toBe(1)
  })
})
