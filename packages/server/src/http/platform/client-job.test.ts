import { join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'
import { ClientPublicApiUsageResultsResponse } from './schemas/client-public-api-usage-results-response.ts'

const jobsOf = (clientId: string) => `/api/v2/usage/client/${encodeURIComponent(clientId)}/aggregates/query/jobs`
const OCTOBER = { interval: '2026-10-01/2026-10-31' }
/** A client of acme whose id came from elsewhere. */
const APP = 'https://issuer.example/app 1'

let usage: TestUsageApp

beforeAll(async () => {
  usage = await TestUsageApp.open((folder) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
  )
  await usage.addCaller('acme', ['usage:client:view'])
  await usage.addCaller('guest', ['usage:client:view'])
  await usage.addCaller('stranger', ['usage:client:view'])
  await usage.addCaller('outsider', ['oauth:client:view', 'usage:organization:view'])
  await usage.addClient('acme', APP, 'The app')
  const time = Date.UTC(2026, 9, 7, 9)
  await commitEvents(usage.store, [
    anEvent({ time, clientId: APP, userId: 'u', platform: 'web', status: 201 }),
    anEvent({ time, clientId: APP, userId: 'v', platform: 'web', status: 101 }),
    anEvent({ time, clientId: APP, organizationId: 'guest', httpMethod: 'PUT', status: 429, fromPlatform: true }),
    anEvent({ time, clientId: APP, organizationId: 'guest', httpMethod: 'PUT', status: 503 }),
    // Claimed by an organization in which it is not authorized.
    anEvent({ time, clientId: APP, organizationId: 'stranger' }),
    anEvent({ time, clientId: 'client-of-acme' }),
    anEvent({ time, clientId: 'client-of-guest', organizationId: 'guest' }),
  ])
})
afterEach(() => usage.observed.release())
afterAll(() => usage[Symbol.asyncDispose]())

const post = (clientId: string, payload: unknown, organizationId = 'acme') =>
  usage.call(organizationId, { method: 'POST', url: jobsOf(clientId), payload: JSON.stringify(payload) })
const remove = (url: string, organizationId = 'acme') => usage.call(organizationId, { method: 'DELETE', url })

/** GET; what is answered is what the OpenAPI document says. */
async function get(url: string, organizationId = 'acme') {
  const answer = await usage.call(organizationId, { method: 'GET', url })
  if (answer.statusCode === 200)
    expect([...Value.Errors(ClientPublicApiUsageResultsResponse, answer.json())]).toEqual([])
  return answer
}

async function submit(body: object): Promise<string> {
  const posted = await post(APP, body)
  expect(posted.statusCode, posted.body).toBe(202)
  return posted.json().selfUri
}

async function entitiesOf(body: object) {
  const uri = await submit(body)
  await usage.idle()
  const answer = await get(uri)
  expect(answer.json()).toMatchObject({ queryStatus: 'Succeeded', selfUri: uri })
  return answer.json().entities
}

describe('a client’s job', () => {
  test('is taken with its id and where it is, the client’s id escaped in it', async () => {
    const answer = await post(APP, OCTOBER)
    const { id } = answer.json()
    const uri = `/api/v2/usage/client/https%3A%2F%2Fissuer.example%2Fapp%201/aggregates/query/jobs/${id}`
    expect(answer.statusCode).toBe(202)
    expect(answer.body).toBe(`{"id":"${id}","resultsUri":"${uri}","selfUri":"${uri}"}`)
    await usage.idle()
    expect((await get(uri)).json()).toMatchObject({ queryStatus: 'Succeeded' })
  })

  test('tells its calls apart by day, in its owner’s organization and where it is authorized, nowhere else', async () => {
    const uri = await submit(OCTOBER)
    await usage.idle()
    expect((await get(uri)).body).toBe(
      '{"queryStatus":"Succeeded","entities":[' +
        '{"date":"2026-10-07","httpMethod":"PUT","templateUri":"api/v2/users","requestCount":2,"status200":0,"status300":0,"status400":1,"status429":1,"status500":1,"organizationId":"guest"},' +
        '{"date":"2026-10-07","platform":"web","httpMethod":"GET","templateUri":"api/v2/users","requestCount":2,"status200":1,"status300":0,"status400":0,"status429":0,"status500":0,"organizationId":"acme"}' +
        `],"selfUri":"${uri}"}`,
    )
  })

  test.each([
    [['guest'], [['guest', 2]]],
    [
      ['guest', 'acme', 'stranger', 'nowhere'],
      [
        ['acme', 2],
        ['guest', 2],
      ],
    ],
    [['stranger'], []],
    [['nowhere'], []],
  ])('narrowed to %j counts no more than it may see', async (organizationIds, expected) => {
    const entities = await entitiesOf({ ...OCTOBER, organizationIds, groupBy: ['OrganizationId'] })
    const seen = entities.map(({ organizationId, requestCount }: { organizationId: string; requestCount: number }) => [
      organizationId,
      requestCount,
    ])
    expect(seen).toEqual(expected)
  })

  test('adds up over its organizations when it does not group by them, and sorts by them as by nothing', async () => {
    const query = { ...OCTOBER, groupBy: ['HttpMethod'], metrics: ['Requests'] }
    const sortBy = [
      { fieldName: 'organizationId', order: 'Desc' },
      { fieldName: 'status500', order: 'Desc' },
    ]
    expect(await entitiesOf({ ...query, sortBy })).toEqual([
      { date: '2026-10-07', httpMethod: 'PUT', requestCount: 2 },
      { date: '2026-10-07', httpMethod: 'GET', requestCount: 2 },
    ])
  })

  test('keeps what it was asked over when the client is authorized elsewhere afterwards', async () => {
    usage.observed.hold()
    const uri = await submit({ ...OCTOBER, groupBy: ['OrganizationId'] })
    await usage.store.authorize('stranger', APP)
    usage.observed.release()
    await usage.idle()
    const organizations = async (of: string) =>
      (await get(of)).json().entities.map(({ organizationId }: { organizationId: string }) => organizationId)
    expect(await organizations(uri)).toEqual(['acme', 'guest'])
    const now = await submit({ ...OCTOBER, groupBy: ['OrganizationId'] })
    await usage.idle()
    expect(await organizations(now)).toEqual(['acme', 'guest', 'stranger'])
    await usage.store.withdraw('stranger', APP)
  })

  test('is read in pages that nextUri leads through, whatever is in the client’s id', async () => {
    const uri = await submit(OCTOBER)
    await usage.idle()
    const first = (await get(`${uri}?pageSize=1`)).json()
    expect(Object.keys(first)).toEqual(['queryStatus', 'nextUri', 'entities', 'selfUri'])
    const second = (await get(first.nextUri)).json()
    expect(Object.keys(second)).toEqual(['queryStatus', 'entities', 'selfUri'])
    expect([...first.entities, ...second.entities]).toEqual((await get(uri)).json().entities)
  })

  test('is Cancelled by DELETE, again and again', async () => {
    usage.observed.hold()
    const uri = await submit(OCTOBER)
    await usage.observed.whenRunning(1)
    for (let index = 0; index < 2; index += 1) {
      expect((await remove(uri)).statusCode).toBe(204)
      expect((await get(uri)).body).toBe(`{"queryStatus":"Cancelled","selfUri":"${uri}"}`)
    }
    usage.observed.release()
    await usage.idle()
    expect((await get(uri)).json().queryStatus).toBe('Cancelled')
  })

  test('needs usage:client:view, for each of its operations', async () => {
    const job = `${jobsOf('client-of-outsider')}/00000000-0000-4000-8000-000000000000`
    const answers = [await post('client-of-outsider', OCTOBER, 'outsider')]
    answers.push(await get(job, 'outsider'), await remove(job, 'outsider'))
    for (const answer of answers) {
      expect(answer.statusCode).toBe(403)
      expect(answer.json().message).toContain('[usage:client:view]')
    }
  })

  test.each([
    ['a dimension of the organization’s', { ...OCTOBER, groupBy: ['UserId'] }, /UserId.*groupBy\[0\].*OrganizationId/],
    ['an interval too long', { interval: '2026-06-01/2026-08-31' }, /90 days/],
  ])('refuses %s', async (_what, body, message) => {
    const answer = await post(APP, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().message).toMatch(message)
  })

  test('ignores the organization’s own filters, as it does every field it does not know', async () => {
    const fields = { userIds: ['u'], oauthClientIds: 7 }
    expect(await entitiesOf({ ...OCTOBER, ...fields })).toEqual(await entitiesOf(OCTOBER))
  })
})

describe('whose job it is', () => {
  test('another organization’s client, one that only calls here, and one that never was are the same 404', async () => {
    const answers = []
    for (const clientId of ['client-of-guest', 'never', 'n'.repeat(256), 'n'.repeat(257)]) {
      answers.push(await post(clientId, OCTOBER))
    }
    answers.push(await post(APP, OCTOBER, 'guest'))
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404)
      expect({ ...answer.json(), contextId: '' }).toEqual({ ...answers[0]?.json(), contextId: '' })
    }
  })

  test('another organization’s, another client’s and another operation’s job is the same 404', async () => {
    const job = await submit(OCTOBER)
    await usage.idle()
    const id = job.split('/').at(-1)
    const answers = []
    for (const read of [get, remove]) {
      answers.push(await read(job, 'guest'), await read(`${jobsOf('client-of-acme')}/${id}`))
      answers.push(await read(`${jobsOf(APP)}/00000000-0000-4000-8000-000000000000`))
      answers.push(await read(`${jobsOf('client-of-acme')}/not-an-id`))
    }
    await usage.addCaller('both', ['usage:client:view', 'usage:organization:view'])
    const posted = await post('client-of-both', OCTOBER, 'both')
    await usage.idle()
    const theirs = posted.json().id
    for (const read of [get, remove]) {
      answers.push(await read(`/api/v2/usage/aggregates/query/jobs/${theirs}`, 'both'))
    }
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404)
      expect({ ...answer.json(), contextId: '' }).toEqual({ ...answers[0]?.json(), contextId: '' })
    }
    expect((await get(job)).json()).toMatchObject({ queryStatus: 'Succeeded' })
  })
})
