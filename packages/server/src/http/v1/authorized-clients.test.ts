import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../../test-server.ts'

const URL = '/v1/authorized-clients'
const NOVEMBER = { interval: '2026-11/2026-11', groupBy: ['OrganizationId'], metrics: ['Requests'] }
const aCall = (organizationId: string, more: object = {}) => ({
  time: '2026-11-02T10:00:00Z',
  organizationId,
  clientId: 'roamer',
  method: 'GET',
  path: '/api/v2/users/7',
  status: 200,
  ...more,
})

let server: TestServer
beforeAll(async () => {
  server = await TestServer.open({ capClientId: '3' })
})
afterAll(() => server[Symbol.asyncDispose]())

let made = 0
/** Two organizations of their own for each test: `owner` has the client `roamer`'s like, `host` is where it calls. */
async function twoOrganizations() {
  made += 1
  const [owner, host, clientId] = [`owner-${made}`, `host-${made}`, `roamer-${made}`]
  for (const id of [owner, host]) await server.addOrganization(id)
  await server.addClient(owner, { id: clientId, name: `Registered ${made}` })
  const seen = async () => {
    const rows = await server.ask(owner, `/api/v2/oauth/clients/${clientId}/usage/query`, NOVEMBER)
    return rows.map(({ organizationId, requests }) => [organizationId, requests])
  }
  const put = () => server.call('platform', 'PUT', `${URL}/${clientId}`, { organizationId: host })
  const withdraw = () => server.call('platform', 'DELETE', `${URL}/${clientId}?organizationId=${host}`)
  const list = async () => (await server.call('platform', 'GET', `${URL}?organizationId=${host}`)).json()
  return { owner, host, clientId, seen, put, withdraw, list }
}

describe('an authorized client', () => {
  test('is seen by its owner from the first call on, until that is taken back, and not by who else has the id', async () => {
    const { host, clientId, seen, put, withdraw, list } = await twoOrganizations()
    await server.send(host, [aCall(host, { clientId }), aCall(host, { clientId, time: '2026-11-20T10:00:00Z' })])
    expect(await seen()).toEqual([])
    for (let times = 0; times < 2; times++) {
      const answer = await put()
      expect(answer.status).toBe(200)
      expect(answer.json()).toEqual({ clientId, organizationId: host })
    }
    expect(await list()).toEqual({ entities: [{ clientId, organizationId: host }] })
    expect(await seen()).toEqual([[host, 2]])
    await server.restart()
    expect(await seen()).toEqual([[host, 2]])
    const answer = await withdraw()
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expect(await list()).toEqual({ entities: [] })
    expect(await seen()).toEqual([])
    expect(await server.ask(host, '/api/v2/usage/query', NOVEMBER)).toMatchObject([{ requests: 2 }])
  })

  test('comes back with another call that the platform reports, not with one that it sends again', async () => {
    const { host, clientId, seen, withdraw, list } = await twoOrganizations()
    const reported = aCall(host, { clientId, id: '1' })
    await server.send('platform', [reported])
    expect(await seen()).toEqual([[host, 1]])
    await withdraw()
    await server.send('platform', [reported])
    await server.send(host, [aCall(host, { clientId, id: '2' })])
    expect(await list()).toEqual({ entities: [] })
    await server.send('platform', [{ ...reported, id: '3' }])
    expect(await seen()).toEqual([[host, 3]])
  })

  test('that is withdrawn is still in results that were asked for before', async () => {
    const { owner, host, clientId, put, withdraw } = await twoOrganizations()
    await server.send(host, [aCall(host, { clientId })])
    await put()
    const uri = await server.submit(owner, `/api/v2/oauth/clients/${clientId}/usage/query`, NOVEMBER)
    const before = (await server.call(owner, 'GET', uri)).text
    await withdraw()
    expect((await server.call(owner, 'GET', uri)).text).toBe(before)
    expect(before).toContain(host)
  })

  test('need not be registered, nor have called, and is seen by whoever registers it', async () => {
    const { owner, host } = await twoOrganizations()
    const clientId = 'late / ü %'
    const path = `${URL}/${encodeURIComponent(clientId)}`
    expect((await server.call('platform', 'PUT', path, { organizationId: host })).status).toBe(200)
    await server.send(host, [aCall(host, { clientId })])
    await server.addClient(owner, { id: clientId, name: 'Late' })
    const query = `/api/v2/oauth/clients/${encodeURIComponent(clientId)}/usage/query`
    expect(await server.ask(owner, query, NOVEMBER)).toMatchObject([{ organizationId: host, requests: 1 }])
  })

  test('is told apart from then on though the organization has all the clients it may have', async () => {
    const { host, clientId, seen, put } = await twoOrganizations()
    await server.send(
      host,
      ['a', 'b', 'c', clientId, clientId].map((id) => aCall(host, { clientId: id })),
    )
    expect((await put()).status).toBe(200)
    expect(await seen()).toEqual([])
    await server.send(host, [aCall(host, { clientId })])
    expect(await seen()).toEqual([[host, 1]])
    const rows = await server.ask(host, '/api/v2/usage/query', { ...NOVEMBER, groupBy: ['OAuthClientId'] })
    expect(rows.map(({ clientId, requests }) => [clientId, requests])).toEqual([
      ['(overflow)', 2],
      ['a', 1],
      ['b', 1],
      ['c', 1],
      [clientId, 1],
    ])
  })

  test('is forgotten with the organization that is deleted', async () => {
    const { owner, host, clientId, seen, put } = await twoOrganizations()
    await server.send(owner, [aCall(owner, { clientId })])
    await server.send(host, [aCall(host, { clientId })])
    await put()
    expect(await seen()).toEqual([
      [host, 1],
      [owner, 1],
    ])
    expect((await server.call('platform', 'DELETE', `/v1/organizations/${host}`)).status).toBe(204)
    expect(await seen()).toEqual([[owner, 1]])
    await server.addOrganization(host)
    await server.send(host, [aCall(host, { clientId })])
    expect(await seen()).toEqual([[owner, 1]])
  })
})

describe('who may authorize what', () => {
  test('nobody but the platform’s administrator puts, deletes or lists, not even about its own', async () => {
    const { owner, host, clientId, list } = await twoOrganizations()
    for (const who of [owner, host]) {
      for (const answer of [
        await server.call(who, 'PUT', `${URL}/${clientId}`, { organizationId: host }),
        await server.call(who, 'DELETE', `${URL}/${clientId}?organizationId=${host}`),
        await server.call(who, 'GET', `${URL}?organizationId=${host}`),
      ]) {
        expect(answer.status).toBe(403)
        expect(answer.text).toContain('platform:admin')
      }
    }
    expect(await list()).toEqual({ entities: [] })
  })

  test('an organization that is not there, or a client that is not authorized, is 404', async () => {
    const { host, clientId } = await twoOrganizations()
    for (const answer of [
      await server.call('platform', 'PUT', `${URL}/${clientId}`, { organizationId: 'nowhere' }),
      await server.call('platform', 'GET', `${URL}?organizationId=nowhere`),
      await server.call('platform', 'DELETE', `${URL}/${clientId}?organizationId=nowhere`),
      await server.call('platform', 'DELETE', `${URL}/${clientId}?organizationId=${host}`),
      await server.call('platform', 'PUT', `${URL}/${'x'.repeat(257)}`, { organizationId: host }),
      await server.call('platform', 'PUT', `${URL}/`, { organizationId: host }),
      await server.call('platform', 'PUT', `${URL}/(overflow)`, { organizationId: host }),
    ]) {
      expect(answer.status).toBe(404)
      expect(answer.json().code).toBe('not.found')
    }
    await server.addOrganization('nowhere')
    expect((await server.call('platform', 'GET', `${URL}?organizationId=nowhere`)).json()).toEqual({ entities: [] })
  })

  test.each([
    [{}, /\[organizationId\] is required/],
    [{ organizationId: '' }, /\[organizationId\]/],
    [{ organizationId: 'a b' }, /1 to 64 characters/],
    [{ organizationId: 'acme', clientId: 'other' }, /\[clientId\] is not known/],
    ['[]', /body/],
  ])('the body %j is 400', async (body, message) => {
    const answer = await server.call('platform', 'PUT', `${URL}/roamer`, body)
    expect(answer.status).toBe(400)
    expect(answer.json().message).toMatch(message)
  })

  test.each(['', '?organizationId=', '?organizationId=a%20b', '?organizationId=a&organizationId=b'])(
    'the query string %j is 400',
    async (search) => {
      for (const [method, path] of [
        ['GET', URL],
        ['DELETE', `${URL}/roamer`],
      ]) {
        const answer = await server.call('platform', String(method), `${path}${search}`)
        expect(answer.status).toBe(400)
        expect(answer.json()).toMatchObject({
          code: 'invalid.query.param.value',
          messageParams: { field: 'organizationId' },
        })
      }
    },
  )
})

describe('a claim reaches nobody', () => {
  test('an organization that says a foreign client called counts it for itself, tells its owner nothing and learns nothing', async () => {
    const { owner, host: claimer, clientId, seen } = await twoOrganizations()
    const registered = `Registered ${made}`
    await server.send(owner, [aCall(owner, { clientId })])
    await server.send(claimer, [
      aCall(claimer, { clientId, clientName: 'Claimed', id: '1' }),
      aCall(claimer, { clientId, id: '2', time: '2026-11-03T10:00:00Z' }),
    ])
    // Another organization's is not taken from it at all.
    const foreign = await server.call(claimer, 'POST', '/v1/events', [aCall(owner, { clientId })])
    expect(foreign.status).toBe(400)

    expect(await seen()).toEqual([[owner, 1]])
    const summary = await server.ask(owner, `/api/v2/oauth/clients/${clientId}/usage/summary?days=30`)
    expect(summary).toMatchObject([{ clientId, clientName: registered, requests: 1, date: '2026-11-02T00:00:00Z' }])

    const named = (rows: readonly object[]) => rows.map((row) => ('clientName' in row ? row.clientName : undefined))
    const query = { interval: NOVEMBER.interval, groupBy: ['OAuthClientId'] }
    expect(named(await server.ask(claimer, '/api/v2/usage/query', query))).toEqual(['Claimed'])
    const search = (more: object) =>
      server.ask(claimer, '/api/v2/usage/simplesearch', { ...NOVEMBER, ...more, metrics: [] })
    expect(named(await search({}))).toEqual(['Claimed', 'Claimed'])
    expect(await search({ oauthClientNames: [registered] })).toEqual([])
    expect(named(await search({ oauthClientNames: ['Claimed'] }))).toEqual(['Claimed', 'Claimed'])
    for (const path of ['query', 'summary']) {
      const method = path === 'query' ? 'POST' : 'GET'
      const answer = await server.call(
        claimer,
        method,
        `/api/v2/oauth/clients/${clientId}/usage/${path}`,
        path === 'query' ? query : undefined,
      )
      expect(answer.status).toBe(404)
    }
  })

  test('where the platform authorizes the client the name is the registered one, for grouping and for filters', async () => {
    const { owner, host, clientId, put, withdraw } = await twoOrganizations()
    const registered = `Registered ${made}`
    await server.send(host, [aCall(host, { clientId, clientName: 'Claimed' })])
    const search = (oauthClientNames: readonly string[]) =>
      server.ask(host, '/api/v2/usage/simplesearch', { interval: NOVEMBER.interval, oauthClientNames })
    expect(await search([registered])).toEqual([])
    await put()
    expect(await search([registered])).toMatchObject([{ clientId, clientName: registered, status200: 1 }])
    expect(await search(['Claimed'])).toEqual([])
    await withdraw()
    expect(await search(['Claimed'])).toMatchObject([{ clientId, clientName: 'Claimed' }])
    expect(await search([registered])).toEqual([])
    expect(await server.ask(owner, '/api/v2/usage/query', { interval: NOVEMBER.interval })).toEqual([])
  })
})
