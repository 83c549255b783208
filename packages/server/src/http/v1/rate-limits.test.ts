import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { OVERFLOW, UNMATCHED } from '../../domain/catalogue.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'

const MINUTE_MS = 60_000
const PRESET = { limits: [{ by: ['clientId', 'userId'], requestsPerMinute: 300 }], preset: true }

let app: TestUsageApp
beforeEach(async () => {
  app = await TestUsageApp.open((folder) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
  )
  await app.addCaller('acme', ['usage:organization:view', 'oauth:client:edit'])
})
afterEach(() => app[Symbol.asyncDispose]())

const get = async (path = '', who = 'acme') => {
  const answer = await app.call(who, { method: 'GET', url: `/v1/rate-limits${path}` })
  return { status: answer.statusCode, body: answer.json() }
}
const put = async (limits: unknown, who = 'acme') => {
  const answer = await app.call(who, { method: 'PUT', url: '/v1/rate-limits', payload: { limits } })
  return { status: answer.statusCode, body: answer.json() }
}

interface Minute {
  readonly time: string
  readonly requests: number
}
interface Entity {
  readonly state: string
  readonly began: string
  readonly last: string
  readonly current: Minute
  readonly peak: Minute
  readonly minutes: readonly Minute[]
  readonly [dimension: string]: unknown
}
const entities = async (path = '', who = 'acme'): Promise<readonly (readonly Entity[])[]> => {
  const { status, body } = await get(`/status${path}`, who)
  expect(status).toBe(200)
  return (body as { limits: { entities: Entity[] }[] }).limits.map((limit) => limit.entities)
}

/** So many calls, so many minutes before the current one. */
const calls = (count: number, ago: number, event: Partial<UsageEvent>) =>
  Array.from({ length: count }, (_, at) => anEvent({ time: TEST_NOW - ago * MINUTE_MS + at, ...event }))
const minute = (ago: number) => new Date(TEST_NOW - ago * MINUTE_MS).toISOString()

describe('watched limits', () => {
  test('are the platform’s until the organization says otherwise, for itself alone', async () => {
    await app.addCaller('globex', ['oauth:client:view'])
    expect(await get()).toEqual({ status: 200, body: PRESET })
    const limits = [
      { by: ['clientId'], requestsPerMinute: 100 },
      { by: ['templateUri'], requestsPerMinute: 5 },
    ]
    expect(await put(limits)).toEqual({ status: 200, body: { limits, preset: false } })
    expect(await get()).toEqual({ status: 200, body: { limits, preset: false } })
    expect((await get('', 'globex')).body).toEqual(PRESET)
    await app.restart()
    expect((await get()).body).toEqual({ limits, preset: false })
    await put([])
    expect((await get()).body).toEqual({ limits: [], preset: false })
    expect(await entities()).toEqual([])
  })

  test('are changed only by who may edit clients', async () => {
    await app.addCaller('globex', ['usage:organization:view'])
    expect((await put([], 'globex')).status).toBe(403)
  })

  test.each([
    [[{ by: [], requestsPerMinute: 1 }], 'limits[0].by'],
    [[{ by: ['colour'], requestsPerMinute: 1 }], 'colour'],
    [[{ by: ['userId', 'userId'], requestsPerMinute: 1 }], 'without duplicates'],
    [[{ by: ['userId'], requestsPerMinute: 0 }], 'requestsPerMinute'],
    [[{ by: ['userId'], requestsPerMinute: 1, per: 'hour' }], 'limits[0].per'],
    [Array(11).fill({ by: ['userId'], requestsPerMinute: 1 }), '0 to 10 values'],
    [undefined, 'limits'],
  ])('%j are refused by name', async (limits, told) => {
    const { status, body } = await put(limits)
    expect(status).toBe(400)
    expect((body as { message: string }).message).toContain(told)
  })
})

describe('who is near', () => {
  test('is told by client and user, with the minute it began, how it went, and the 429s', async () => {
    await app.addClient('acme', 'greedy', 'Nightly export')
    const greedy = { clientId: 'greedy', userId: 'ann' }
    await commitEvents(app.store, [
      ...calls(250, 9, greedy),
      ...calls(10, 4, greedy),
      ...calls(240, 3, greedy),
      ...calls(305, 2, greedy),
      ...calls(25, 2, { ...greedy, status: 429 }),
      ...calls(270, 1, greedy),
      ...calls(30, 0, greedy),
      ...calls(200, 1, { ...greedy, userId: 'bob' }),
      ...calls(300, 1, { clientId: 'near', userId: 'ann' }),
      ...calls(900, 1, { ...greedy, organizationId: 'globex' }),
    ])
    const { body } = await get('/status')
    expect(body).toMatchObject({ start: minute(59), currentMinute: minute(0) })
    const counted = (ago: number, requests: number, status429 = 0) => {
      return { time: minute(ago), requests, share: requests / 300, status429 }
    }
    const near = { clientId: 'near', clientName: '', userId: 'ann', state: 'near', status429: 0 }
    expect(await entities()).toEqual([
      [
        {
          ...{ ...greedy, clientName: 'Nightly export', state: 'over', status429: 25 },
          ...{ began: minute(3), last: minute(1), current: counted(0, 30), peak: counted(2, 330, 25) },
          minutes: [
            counted(9, 250),
            counted(4, 10),
            counted(3, 240),
            counted(2, 330, 25),
            counted(1, 270),
            counted(0, 30),
          ],
        },
        {
          ...{ ...near, began: minute(1), last: minute(1), current: counted(0, 0), peak: counted(1, 300) },
          minutes: [counted(1, 300)],
        },
      ],
    ])
  })

  test('is told for each limit, the busiest first, so many as are asked for', async () => {
    await put([
      { by: ['templateUri'], requestsPerMinute: 10 },
      { by: ['userId'], requestsPerMinute: 4 },
    ])
    await commitEvents(app.store, [
      ...calls(9, 1, { templateUri: 'a', userId: 'ann' }),
      ...calls(20, 1, { templateUri: 'b' }),
      ...calls(3, 1, { templateUri: 'c', userId: 'bob' }),
    ])
    const names = (found: readonly (readonly Entity[])[], name: string) =>
      found.map((all) => all.map((each) => each[name]))
    expect(names(await entities(), 'templateUri')[0]).toEqual(['b', 'a'])
    expect(names(await entities(), 'userId')[1]).toEqual(['ann'])
    expect(names(await entities('?share=0.3'), 'templateUri')[0]).toEqual(['b', 'a', 'c'])
    const { body } = await get('/status?limit=1')
    expect(body).toMatchObject({
      limits: [{ entities: [{ templateUri: 'b' }], truncated: true }, { truncated: false }],
    })
  })

  test('is also who was answered 429 below the limit; not who stands for many or for nobody', async () => {
    await put([
      { by: ['templateUri'], requestsPerMinute: 100 },
      { by: ['userId'], requestsPerMinute: 2 },
    ])
    await commitEvents(app.store, [
      ...calls(3, 1, { templateUri: 'a', userId: 'ann', status: 429 }),
      ...calls(200, 1, { templateUri: UNMATCHED }),
      ...calls(200, 1, { templateUri: OVERFLOW }),
    ])
    const [byRoute, byUser] = await entities()
    expect(byRoute).toMatchObject([{ templateUri: 'a', state: 'limited', began: minute(1), status429: 3 }])
    expect(byUser).toMatchObject([{ userId: 'ann', state: 'over' }])
  })

  test('is nobody once it is longer ago than was asked', async () => {
    await commitEvents(app.store, calls(400, 5, {}))
    expect(await entities('?minutes=6')).toMatchObject([[{ state: 'over' }]])
    expect(await entities('?minutes=5')).toEqual([[]])
    expect((await get('/status?minutes=0')).status).toBe(400)
  })
})
