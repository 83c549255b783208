import platformClient, { type Models } from 'purecloud-platform-client-v2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessToken, type RunningServer, startRoutemeter } from './running-server.ts'

// The unmodified official client leads an OAuth client through its life on a real server.
let server: RunningServer
const oauth = new platformClient.OAuthApi()

beforeAll(async () => {
  server = await startRoutemeter()
  const client = platformClient.ApiClient.instance
  client.setGateway({ host: '127.0.0.1', protocol: 'http', port: server.port })
  await client.loginClientCredentialsGrant(server.clientId, server.clientSecret)
})

afterAll(() => server[Symbol.asyncDispose]())

const REQUEST: Models.OAuthClientRequest = {
  name: 'Reports',
  description: 'Nightly',
  authorizedGrantType: 'CLIENT-CREDENTIALS',
  accessTokenValiditySeconds: 600,
  roleDivisions: [{ roleId: 'role', divisionId: 'division' }],
}

async function organizationOf(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${server.url}/api/v2/organizations/me`, { headers })).status
}

test('OAuthApi makes, finds, lists, changes, re-secrets and deletes a client', async () => {
  const made = await oauth.postOauthClients(REQUEST)
  const { id = '', secret = '' } = made
  expect(made).toMatchObject({ ...REQUEST, state: 'active', createdBy: { id: server.clientId } })
  const token = await accessToken(server.url, id, secret)
  expect(await organizationOf(token)).toBe(200)

  const { secret: _, ...found } = made
  expect(await oauth.getOauthClient(id)).toEqual(found)
  const list = await oauth.getOauthClients()
  expect(list).toMatchObject({ total: 2, pageCount: 1, pageNumber: 1 })
  expect(list.entities?.map((entity) => entity.id)).toEqual([server.clientId, id])

  // As people do: what was read is changed and sent back whole.
  const changed = await oauth.putOauthClient(id, { ...found, name: 'Reports, weekly' })
  expect(changed).toEqual({ ...found, name: 'Reports, weekly', dateModified: changed.dateModified })

  const renewed = await oauth.postOauthClientSecret(id)
  expect(renewed.secret).not.toBe(secret)
  expect(await organizationOf(token)).toBe(401)
  await expect(accessToken(server.url, id, secret)).rejects.toThrow('401')
  const again = await accessToken(server.url, id, renewed.secret ?? '')

  await oauth.putOauthClient(id, { ...found, state: 'disabled' })
  expect(await organizationOf(again)).toBe(401)
  await oauth.deleteOauthClient(id)
  await expect(oauth.getOauthClient(id)).rejects.toMatchObject({ status: 404, code: 'not.found' })
})

test('OrganizationApi tells whose token it is', async () => {
  const me = await new platformClient.OrganizationApi().getOrganizationsMe()
  expect(me).toMatchObject({ state: 'active', selfUri: '/api/v2/organizations/me' })
  expect(me.name).not.toBe('')
})

test('refusals come in the platform’s own words', async () => {
  const wrong: Models.OAuthClientRequest = { ...REQUEST, authorizedGrantType: 'outdated_sdk_version' }
  await expect(oauth.postOauthClients(wrong)).rejects.toMatchObject({ status: 400, code: 'invalid.value' })
  await expect(oauth.deleteOauthClient(server.clientId)).rejects.toMatchObject({ status: 409, code: 'conflict' })
})
