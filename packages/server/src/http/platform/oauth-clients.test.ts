import { expect, test } from 'vitest'
import { ORGANIZATION_PERMISSIONS, type Permission } from '../../domain/permissions.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

const URL = '/api/v2/oauth/clients'
type Headers = Record<string, string>

const send = (app: TestIdentityApp, method: 'POST' | 'PUT', url: string, headers: Headers, payload: object) =>
  app.inject({ method, url, headers, payload })
const make = async (app: TestIdentityApp, headers: Headers, payload: object) => {
  const answer = await send(app, 'POST', URL, headers, payload)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}
const REQUEST = { name: 'Dashboard', authorizedGrantType: 'CLIENT-CREDENTIALS' }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const isGood = async (app: TestIdentityApp, headers: Headers) =>
  (await app.inject({ url: '/api/v2/organizations/me', headers })).statusCode === 200

test('the life of a client: made, listed, changed, given a new secret, disabled, enabled, deleted', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
  app.test.clock.now += 1000
  const said = {
    name: 'Dashboard',
    accessTokenValiditySeconds: 600,
    description: 'Shows usage',
    registeredRedirectUri: ['https://app.example.com/callback'],
    roleIds: ['role-1'],
    authorizedGrantType: 'CLIENT-CREDENTIALS',
    scope: ['usage'],
    roleDivisions: [{ roleId: 'role-1', divisionId: 'division-1' }],
    state: 'active',
    permissions: ['usage:organization:view'],
  }
  const made = await make(app, headers, said)
  const { id, secret, ...rest } = made
  const by = { id: 'acme-client', selfUri: `${URL}/acme-client` }
  const stamps = { dateCreated: '2026-11-23T12:00:01.000Z', dateModified: '2026-11-23T12:00:01.000Z' }
  expect(rest).toEqual({ ...said, ...stamps, createdBy: by, modifiedBy: by, selfUri: `${URL}/${id}` })
  expect(app.test.metadata.bytes().includes(secret)).toBe(false)
  expect(app.log).not.toContain(secret)
  await app.restart()
  const found = await app.inject({ url: `${URL}/${id}`, headers })
  expect(found.body).toBe(JSON.stringify({ id, ...rest }))
  expect((await app.inject({ url: URL, headers })).json().entities).toMatchObject([
    { id: 'acme-client' },
    { id, ...rest },
  ])

  const own = bearer(await app.test.token(id, secret))
  expect(await isGood(app, own)).toBe(true)
  app.test.clock.now += 1000
  const changed = await send(app, 'PUT', `${URL}/${id}`, headers, { ...made, name: 'Reports', description: '' })
  const { description: _, ...kept } = rest
  expect(changed.json()).toEqual({ id, ...kept, name: 'Reports', dateModified: '2026-11-23T12:00:02.000Z' })
  expect(await isGood(app, own)).toBe(true)

  for (const payload of ['', 'null']) {
    const type = { 'content-type': 'application/json' }
    const renewed = await app.inject({
      method: 'POST',
      url: `${URL}/${id}/secret`,
      headers: { ...headers, ...type },
      payload,
    })
    expect(renewed.statusCode).toBe(200)
    expect(renewed.json()).toMatchObject({ id, name: 'Reports' })
    expect(renewed.json().secret).not.toBe(secret)
    await expect(app.test.token(id, secret)).rejects.toMatchObject({ error: 'invalid_client' })
    expect(await isGood(app, bearer(await app.test.token(id, renewed.json().secret)))).toBe(true)
  }
  expect(await isGood(app, own)).toBe(false)

  expect((await app.inject({ method: 'DELETE', url: `${URL}/${id}`, headers })).statusCode).toBe(204)
  expect((await app.inject({ url: `${URL}/${id}`, headers })).statusCode).toBe(404)
  expect((await app.inject({ url: URL, headers })).json().total).toBe(1)
})

test.each([
  ['disabled', 'PUT', { ...REQUEST, state: 'disabled' }],
  ['made inactive', 'PUT', { ...REQUEST, state: 'inactive' }],
  ['of another grant', 'PUT', { ...REQUEST, authorizedGrantType: 'code' }],
  ['given a new secret', 'POST', undefined],
  ['deleted', 'DELETE', undefined],
] as const)(
  'what signs in as a client is dead at once when that is %s, and stays so',
  async (_what, method, payload) => {
    await using app = await TestIdentityApp.open()
    const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
    const { id, secret } = await make(app, headers, REQUEST)
    const token = bearer(await app.test.token(id, secret))
    const { token: session } = await app.test.identity.signIn({ clientId: id, clientSecret: secret, address: '::1' })
    const code = await app.test.identity.newSignInCode(id)
    expect(await isGood(app, token)).toBe(true)
    const url = method === 'POST' ? `${URL}/${id}/secret` : `${URL}/${id}`
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    const expectDead = async () => {
      expect(await isGood(app, token)).toBe(false)
      await expect(app.test.authenticate({ session })).rejects.toMatchObject({ code: 'bad.credentials' })
      await expect(app.test.identity.signIn({ code })).rejects.toMatchObject({ code: 'bad.credentials' })
    }
    await expectDead()
    await app.restart()
    await expectDead()
    if (method !== 'PUT') return
    const again = await send(app, 'PUT', `${URL}/${id}`, headers, { ...REQUEST, state: 'active' })
    expect(again.json().state).toBe('active')
    await expectDead()
    expect(await isGood(app, bearer(await app.test.token(id, secret)))).toBe(true)
  },
)

test('what is left out is the platform’s default, and permissions are the viewing ones that the maker has', async () => {
  await using app = await TestIdentityApp.open()
  const held: Permission[] = ['oauth:client:add', 'oauth:client:view', 'usage:event:add', 'usage:client:view']
  const made = await make(app, await app.headersOf('acme', held), REQUEST)
  expect(made).toMatchObject({
    accessTokenValiditySeconds: 86_400,
    registeredRedirectUri: [],
    roleIds: [],
    scope: [],
    roleDivisions: [],
    state: 'active',
    permissions: ['oauth:client:view', 'usage:client:view'],
  })
  expect(made).not.toHaveProperty('description')
  const own = bearer(await app.test.token(made.id, made.secret))
  expect((await app.inject({ url: URL, headers: own })).statusCode).toBe(200)
  expect((await send(app, 'POST', URL, own, REQUEST)).statusCode).toBe(403)
})

test('an empty list of permissions is none, for a new client and a changed one', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
  expect((await make(app, headers, { ...REQUEST, permissions: [] })).permissions).toEqual([])
  const { id } = await make(app, headers, REQUEST)
  const changed = await send(app, 'PUT', `${URL}/${id}`, headers, { ...REQUEST, permissions: [] })
  expect(changed.json().permissions).toEqual([])
})

test('PUT empties texts and lists that are left out, and keeps state, lifetime and permissions', async () => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
  const made = await make(app, headers, {
    ...REQUEST,
    description: 'x',
    scope: ['a'],
    roleIds: ['r'],
    roleDivisions: [{ roleId: 'r', divisionId: 'd' }],
    registeredRedirectUri: ['https://example.com/'],
    accessTokenValiditySeconds: 300,
    state: 'disabled',
    permissions: ['usage:event:add', 'usage:event:add'],
  })
  expect(made.permissions).toEqual(['usage:event:add'])
  const { secret: _, description: __, ...rest } = made
  const changed = await send(app, 'PUT', made.selfUri, headers, REQUEST)
  expect(changed.json()).toEqual({ ...rest, scope: [], roleIds: [], roleDivisions: [], registeredRedirectUri: [] })
})

test.each([
  ['saml2bearer', 'SAML2-BEARER'],
  ['SAML2-Bearer', 'SAML2-BEARER'],
  ['CLIENT_CREDENTIALS', 'CLIENT-CREDENTIALS'],
  ['client-credentials', 'CLIENT-CREDENTIALS'],
  ['Code', 'CODE'],
  ['token', 'TOKEN'],
  ['password', 'PASSWORD'],
])('the grant %s is answered as %s', async (authorizedGrantType, canonical) => {
  await using app = await TestIdentityApp.open()
  const made = await make(app, await app.headersOf('acme', ['oauth:client:add']), { ...REQUEST, authorizedGrantType })
  expect(made.authorizedGrantType).toBe(canonical)
})

test.each([
  [{ authorizedGrantType: 'CODE' }, 'bad.request', '[name]'],
  [{ name: 'x' }, 'bad.request', '[authorizedGrantType]'],
  [{ ...REQUEST, authorizedGrantType: 'outdated_sdk_version' }, 'invalid.value', 'CODE, TOKEN, SAML2-BEARER'],
  [{ ...REQUEST, state: 'asleep' }, 'invalid.value', 'active, disabled, inactive'],
  [{ ...REQUEST, accessTokenValiditySeconds: 299 }, 'bad.request', '300 to 172800'],
  [{ ...REQUEST, accessTokenValiditySeconds: 172_801 }, 'bad.request', '300 to 172800'],
  [{ ...REQUEST, permissions: ['usage:everything'] }, 'invalid.value', 'oauth:client:view, oauth:client:add'],
  [{ ...REQUEST, roleDivisions: [{ roleId: 'r' }] }, 'bad.request', '[roleDivisions[0].divisionId]'],
  [{ ...REQUEST, registeredRedirectUri: ['javascript:alert(1)'] }, 'invalid.value', '[registeredRedirectUri[0]]'],
])('the body %j is %s and says %s', async (body, code, words) => {
  await using app = await TestIdentityApp.open()
  const headers = await app.headersOf('acme', ORGANIZATION_PERMISSIONS)
  const { id } = await make(app, headers, REQUEST)
  const answers: Answer[] = [
    await send(app, 'POST', URL, headers, body),
    await send(app, 'PUT', `${URL}/${id}`, headers, body),
  ]
  for (const answer of answers) {
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code, message: expect.stringContaining(words) })
  }
  expect((await app.inject({ url: URL, headers })).json().total).toBe(2)
})
