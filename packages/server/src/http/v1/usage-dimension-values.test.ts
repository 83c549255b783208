import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'

let app: TestUsageApp
beforeEach(async () => {
  app = await TestUsageApp.open((folder) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
  )
  await app.addCaller('acme', ['usage:organization:view'])
})
afterEach(() => app[Symbol.asyncDispose]())

const ask = async (path: string, who = 'acme') => {
  const answer = await app.call(who, { method: 'GET', url: `/v1/usage/dimensions/${path}` })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
}

describe('the values of a dimension', () => {
  test('are those of calls in the caller’s organization, by prefix, so many as are asked for', async () => {
    await app.addCaller('globex', ['oauth:client:view'])
    const users = ['Zoe', 'ann', 'anton', 'bob']
    await commitEvents(app.store, [
      ...users.map((userId) => anEvent({ userId })),
      anEvent({ userId: 'annabel', organizationId: 'globex' }),
    ])
    expect(await ask('userId')).toEqual({ status: 200, body: { values: users, truncated: false } })
    expect((await ask('userId?prefix=AN')).body).toEqual({ values: ['ann', 'anton'], truncated: false })
    expect((await ask('userId?prefix=an&limit=1')).body).toEqual({ values: ['ann'], truncated: true })
    expect((await ask('USERID?prefix=x')).body).toEqual({ values: [], truncated: false })
    expect((await ask('userId', 'globex')).body).toEqual({ values: ['annabel'], truncated: false })
    expect((await ask('organizationId')).body).toEqual({ values: ['acme'], truncated: false })
    expect((await ask('statusClass?prefix=5')).body).toEqual({ values: ['5xx'], truncated: false })
  })

  test('come for clients with their names, the registered one first', async () => {
    await app.addClient('acme', 'a', 'Registered')
    await commitEvents(app.store, [
      anEvent({ clientId: 'a', clientName: 'Given' }),
      anEvent({ clientId: 'b', clientName: 'Given' }),
      anEvent({ clientId: 'c' }),
    ])
    expect((await ask('clientId')).body).toEqual({
      values: ['a', 'b', 'c'],
      clientNames: ['Registered', 'Given', ''],
      truncated: false,
    })
    expect((await ask('clientName')).body).toEqual({ values: ['Given', 'Registered'], truncated: false })
  })

  test('of an unknown dimension are refused with what there is', async () => {
    const { status, body } = await ask('colour')
    expect([status, body.code]).toEqual([400, 'invalid.value'])
    expect(body.message).toContain('[colour]')
    expect(body.message).toContain('Allowable values are: organizationId, clientId, clientName, userId, templateUri')
    expect((await ask('userId?limit=0')).body).toMatchObject({ code: 'invalid.query.param.value' })
  })

  test('of a hundred thousand are found by their beginning', async () => {
    const events = Array.from({ length: 100_000 }, (_, at) =>
      anEvent({ userId: `user-${String(at).padStart(6, '0')}` }),
    )
    await commitEvents(app.store, events)
    expect((await ask('userId?prefix=user-0999&limit=1000')).body).toEqual({
      values: Array.from({ length: 100 }, (_, at) => `user-0999${String(at).padStart(2, '0')}`),
      truncated: false,
    })
    const { values, truncated } = (await ask('userId?limit=3')).body
    expect([values, truncated]).toEqual([['user-000000', 'user-000001', 'user-000002'], true])
  })
})
