import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Client } from '../metadata/clients.ts'
import type { GrantedToken } from './oauth.ts'
import { formHeaders, SECRET, TestIdentity } from './test-identity.ts'

type Form = Record<string, string>

const VERIFIER = 'a-verifier.with~every_sign-that-is-allowed-0123456789'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REDIRECT = 'https://app.example.com/signed-in'
const APP = { authorizedGrantType: 'CODE', registeredRedirectUri: [REDIRECT] } as const
const DEAD = { code: 'bad.credentials' }

async function open(app: Partial<Client> = {}): Promise<TestIdentity> {
  const test = await TestIdentity.open()
  await test.addClient('acme', 'rita', ['usage:organization:view', 'usage:event:add'])
  await test.addClient('acme', 'app', ['usage:organization:view', 'oauth:client:view'], { ...APP, ...app })
  return test
}

/** What a person's Allow gives the app. */
async function codeFor(test: TestIdentity, session?: string): Promise<string> {
  const request = await test.identity.readAuthorizationRequest({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  const caller = await test.authenticate({ session: session ?? (await signIn(test)) })
  return test.identity.newAuthorizationCode(request, caller)
}

async function signIn(test: TestIdentity): Promise<string> {
  return (await test.identity.signIn({ clientId: 'rita', clientSecret: SECRET, address: '::1' })).token
}

const formOf = (code: string): Form => ({
  grant_type: 'authorization_code',
  client_id: 'app',
  code,
  redirect_uri: REDIRECT,
  code_verifier: VERIFIER,
})

function grant(test: TestIdentity, form: Form, headers: Form = {}): Promise<GrantedToken> {
  return test.identity.grantToken({ headers: { ...formHeaders(form), ...headers }, body: form, address: '::1' })
}

const callerOf = (test: TestIdentity, { accessToken }: GrantedToken) =>
  test.authenticate({ authorization: `Bearer ${accessToken}` })

describe('a code', () => {
  test('gives a token that speaks for its person, and may what both the person and the app may', async () => {
    await using test = await open({ accessTokenValiditySeconds: 300 })
    const granted = await grant(test, formOf(await codeFor(test)))
    expect(granted.accessToken).toMatch(/^rmt_[A-Za-z0-9_-]{43}$/)
    expect(granted.expiresIn).toBe(299)
    await test.restart()
    expect(await callerOf(test, granted)).toMatchObject({
      kind: 'person',
      organizationId: 'acme',
      clientId: 'app',
      person: { issuer: '', subject: 'rita', name: 'The rita' },
      permissions: new Set(['usage:organization:view']),
    })
    test.clock.now += 300_000
    await expect(callerOf(test, granted)).rejects.toMatchObject(DEAD)
  })

  test.each<[string, (form: Form) => { form: Form; headers?: Form }]>([
    ['in the form', (form) => ({ form: { ...form, client_secret: SECRET } })],
    [
      'by HTTP Basic',
      ({ client_id: _, ...form }) => ({
        form,
        headers: { authorization: `Basic ${Buffer.from(`app:${SECRET}`).toString('base64')}` },
      }),
    ],
  ])('is good for an app that proves itself, %s', async (_way, prove) => {
    await using test = await open()
    const { form, headers } = prove(formOf(await codeFor(test)))
    expect(await callerOf(test, await grant(test, form, headers))).toMatchObject({ clientId: 'app', name: 'The rita' })
  })

  test('with a secret that is wrong gives nothing, and is not lost to the app', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    const wrong = grant(test, { ...form, client_secret: 'wrong' })
    await expect(wrong).rejects.toMatchObject({ error: 'invalid_client', status: 401 })
    await grant(test, form)
  })

  test('is good once; whoever comes with it again ends what it gave', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    const [granted, other] = [await grant(test, form), await grant(test, formOf(await codeFor(test)))]
    await expect(grant(test, form)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    await expect(callerOf(test, granted)).rejects.toMatchObject(DEAD)
    await callerOf(test, other)
  })

  test('that comes again long after it expired ends what it gave, too', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    const granted = await grant(test, form)
    test.clock.now += 60 * 60_000
    await grant(test, formOf(await codeFor(test)))
    expect(await test.metadata.database.selectFrom('authorizationCode').select('hash').execute()).toHaveLength(1)
    await callerOf(test, granted)
    await expect(grant(test, form)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(callerOf(test, granted)).rejects.toMatchObject(DEAD)
  })

  test('with which several come at the same moment leaves no token to any of them', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => grant(test, form)))
    const granted = all.filter((one) => one.status === 'fulfilled')
    expect(granted.length).toBeLessThanOrEqual(1)
    for (const { value } of granted) await expect(callerOf(test, value)).rejects.toMatchObject(DEAD)
    expect(
      await test.metadata.database.selectFrom('token').select('hash').where('kind', '=', 'access').execute(),
    ).toEqual([])
  })

  test('lives a minute, by our clock', async () => {
    await using test = await open()
    const [early, late] = [formOf(await codeFor(test)), formOf(await codeFor(test))]
    test.clock.now += 59_999
    await grant(test, early)
    test.clock.now += 1
    await expect(grant(test, late)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test.each<[string, Form]>([
    ['a verifier that is another’s', { code_verifier: VERIFIER.replace('a', 'b') }],
    ['the challenge as verifier (plain)', { code_verifier: CHALLENGE }],
    ['another redirect_uri', { redirect_uri: `${REDIRECT}/` }],
    ['another code', { code: 'A'.repeat(43) }],
    ['another client’s id', { client_id: 'other' }],
  ])('with %s is invalid_grant, in the same words', async (_what, changes) => {
    await using test = await open()
    await test.addClient('acme', 'other', [], APP)
    const refusal = grant(test, { ...formOf(await codeFor(test)), ...changes })
    await expect(refusal).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    await expect(refusal).rejects.toThrow(/^The code is unknown, expired or was used already/)
  })

  test('with a wrong verifier is used up, so that nobody tries a second one', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    await expect(grant(test, { ...form, code_verifier: 'x'.repeat(43) })).rejects.toMatchObject({})
    await expect(grant(test, form)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('that another client brings is not lost to its own', async () => {
    await using test = await open()
    await test.addClient('acme', 'other', [], APP)
    const form = formOf(await codeFor(test))
    await expect(grant(test, { ...form, client_id: 'other' })).rejects.toMatchObject({ error: 'invalid_grant' })
    await grant(test, form)
  })

  test.each(['code', 'redirect_uri', 'code_verifier'])(
    'without %s is an invalid_request that names it',
    async (name) => {
      await using test = await open()
      const { [name]: _, ...form } = formOf(await codeFor(test))
      const refusal = grant(test, form)
      await expect(refusal).rejects.toMatchObject({ error: 'invalid_request', status: 400 })
      await expect(refusal).rejects.toThrow(name)
    },
  )

  test.each(['short', 'x'.repeat(129), `${'x'.repeat(43)} `])(
    'the code_verifier [%s] is an invalid_request',
    async (v) => {
      await using test = await open()
      const refusal = grant(test, { ...formOf(await codeFor(test)), code_verifier: v })
      await expect(refusal).rejects.toMatchObject({ error: 'invalid_request' })
      await expect(refusal).rejects.toThrow('43 to 128')
    },
  )

  test.each<[string, Partial<Client>, string]>([
    ['disabled', { state: 'disabled' }, 'invalid_client'],
    ['no app for people any more', { authorizedGrantType: 'CLIENT-CREDENTIALS' }, 'unauthorized_client'],
  ])('of an app that is %s gives nothing', async (_what, changes, error) => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    await test.changeClient('app', changes)
    await expect(grant(test, form)).rejects.toMatchObject({ error })
  })

  test('of a person whose client is disabled gives nothing', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    await test.changeClient('rita', { state: 'disabled' })
    await expect(grant(test, form)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('of an outside issuer’s person gives a token that is theirs, without a client of their own', async () => {
    await using test = await open()
    const ada = { issuer: 'https://login.example.com', subject: 'ada', name: 'Ada' }
    const permissions = ['usage:organization:view', 'platform:admin'] as const
    const session = await test.identity.startSession({ ...ada, organizationId: 'acme', permissions })
    const granted = await grant(test, formOf(await codeFor(test, session)))
    expect(await callerOf(test, granted)).toMatchObject({
      kind: 'person',
      person: ada,
      permissions: new Set(['usage:organization:view', 'oauth:client:view']),
      anyOrganization: false,
    })
  })

  test('is not given to somebody of another organization', async () => {
    await using test = await open()
    await test.addClient('beta', 'bert')
    const { token } = await test.identity.signIn({ clientId: 'bert', clientSecret: SECRET, address: '::1' })
    await expect(codeFor(test, token)).rejects.toMatchObject({ code: 'not.authorized' })
  })

  test('nor the token stands on disk', async () => {
    await using test = await open()
    const code = await codeFor(test)
    const granted = await grant(test, formOf(code))
    const bytes = test.metadata.bytes()
    for (const secret of [code, granted.accessToken, VERIFIER]) expect(bytes.includes(secret)).toBe(false)
  })
})

describe('the token of a code', () => {
  test.each(['app', 'rita'])('is dead at once when the client %s is disabled', async (id) => {
    await using test = await open()
    const granted = await grant(test, formOf(await codeFor(test)))
    await test.changeClient(id, { state: 'disabled' })
    await expect(callerOf(test, granted)).rejects.toMatchObject(DEAD)
  })

  test('outlives the session in which it was allowed', async () => {
    await using test = await open()
    const session = await signIn(test)
    const granted = await grant(test, formOf(await codeFor(test, session)))
    await test.identity.signOut(session)
    await callerOf(test, granted)
  })

  test('may no more than its person may now', async () => {
    await using test = await open({ permissions: ['platform:admin'] })
    const granted = await grant(test, formOf(await codeFor(test)))
    await test.changeClient('rita', { permissions: ['usage:event:add'] })
    expect(await callerOf(test, granted)).toMatchObject({
      permissions: new Set(['usage:event:add']),
      anyOrganization: false,
    })
  })

  test('comes without a refresh token, and a client of another grant gets none', async () => {
    await using test = await open()
    const form = formOf(await codeFor(test))
    const refusal = grant(test, { ...form, client_id: 'rita' })
    await expect(refusal).rejects.toMatchObject({ error: 'unauthorized_client', status: 400 })
    expect(Object.keys(await grant(test, form))).toEqual(['accessToken', 'expiresIn'])
  })
})
