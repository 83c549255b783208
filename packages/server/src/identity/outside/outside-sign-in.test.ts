import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TestIdentity } from '../test-identity.ts'
import { newSigningKey } from './test-issuer.ts'
import { CLIENT_SECRET, SIGN_IN, TestProvider } from './test-provider.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const REDIRECT_URI = 'https://usage.example.com/oauth/sign-in/acme/callback'
const WISH = { redirectUri: REDIRECT_URI, returnTo: '/', again: false }
const REFUSED = { code: 'not.authorized' }
const UNAVAILABLE = { code: 'service.unavailable' }

/** The library goes by the real clock, which is put beside the test's own. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

async function open(fields: Partial<TrustedIssuer> = {}) {
  const provider = await TestProvider.open()
  const test = await TestIdentity.open([provider.trusted(fields)])
  await test.addClient('acme', 'admin')
  vi.setSystemTime(test.clock.now)
  const begin = (wish = {}) => test.identity.outsideSignIn.begin('acme', { ...WISH, ...wish })
  const finish = (url: URL, ticket: string | undefined) =>
    test.identity.outsideSignIn.finish('acme', { url, ticket, address: '192.0.2.1' })
  return {
    provider,
    test,
    begin,
    finish,
    /** The whole way of a person who does nothing wrong. */
    async signIn() {
      const { url, ticket } = await begin()
      return finish(provider.signIn(url), ticket)
    },
    pass(milliseconds: number) {
      test.clock.now += milliseconds
      vi.setSystemTime(test.clock.now)
    },
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

describe('a person who signs in at an outside provider', () => {
  test('is known by issuer and subject, and gets a session with what the claims give', async () => {
    await using outside = await open()
    const { person, returnTo } = await outside.signIn()
    const { url } = outside.provider.issuer
    const anna = { issuer: url, subject: 'anna', name: 'Anna' }
    expect(person).toEqual({ ...anna, organizationId: 'acme', permissions: ['usage:organization:view'] })
    expect(returnTo).toBe('/')
    const session = await outside.test.identity.startSession(person)
    expect(await outside.test.authenticate({ session })).toMatchObject({
      kind: 'person',
      organizationId: 'acme',
      person: anna,
      permissions: new Set(['usage:organization:view']),
    })
  })
  test('is sent there with PKCE, state and nonce, which are new every time', async () => {
    await using outside = await open()
    const [one, other] = [await outside.begin(), await outside.begin({ again: true })]
    const asked = Object.fromEntries(new URL(one.url).searchParams)
    expect(one.url.startsWith(`${outside.provider.issuer.url}/authorize?`)).toBe(true)
    expect(asked).toEqual({
      client_id: 'routemeter',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const askedAgain = Object.fromEntries(new URL(other.url).searchParams)
    expect(askedAgain.prompt).toBe('login')
    for (const name of ['state', 'nonce', 'code_challenge']) expect(askedAgain[name]).not.toBe(asked[name])
  })
  test('goes on where they began', async () => {
    await using outside = await open()
    const { url, ticket } = await outside.begin({ returnTo: '/oauth/authorize?client_id=app' })
    const { returnTo } = await outside.finish(outside.provider.signIn(url), ticket)
    expect(returnTo).toBe('/oauth/authorize?client_id=app')
  })
  test('may what the provider granted as scope, where the id token says nothing of it, within the most', async () => {
    await using outside = await open()
    outside.provider.claims = { sub: 'anna' }
    outside.provider.answer = { scope: 'openid usage:client:view oauth:client:add platform:admin' }
    expect((await outside.signIn()).person).toMatchObject({ name: 'anna', permissions: ['usage:client:view'] })
  })
  test('belongs to the organization that the claim names, one of those listed and here', async () => {
    await using outside = await open({ organizations: ['acme', 'gone'], organizationClaim: 'org' })
    for (const org of ['beta', 'gone', undefined]) {
      outside.provider.claims = { sub: 'anna', org }
      await expect(outside.signIn(), String(org)).rejects.toMatchObject(REFUSED)
    }
    outside.provider.claims = { sub: 'anna', org: 'acme' }
    expect((await outside.signIn()).person.organizationId).toBe('acme')
  })
})

describe('the provider’s answer is refused', () => {
  test('in another browser, or in one that began nothing', async () => {
    await using outside = await open()
    const mine = await outside.begin()
    const theirs = await outside.begin()
    const back = outside.provider.signIn(mine.url)
    for (const ticket of [theirs.ticket, undefined, '', 'e30', 'bnVsbA', '%%%']) {
      await expect(outside.finish(back, ticket), ticket).rejects.toMatchObject(REFUSED)
    }
    expect(outside.provider.issuer.asked).not.toContain('/token')
  })
  test('at another provider than the one where it began, which does not get the code', async () => {
    await using mine = await TestProvider.open()
    await using other = await TestProvider.open()
    const signIn = { ...SIGN_IN, id: 'other' }
    await using test = await TestIdentity.open([mine.trusted(), other.trusted({ signIn })])
    await test.addClient('acme', 'admin')
    vi.setSystemTime(test.clock.now)
    const { outsideSignIn } = test.identity
    const { url, ticket } = await outsideSignIn.begin('acme', WISH)
    const answer = { url: mine.signIn(url), ticket, address: '192.0.2.1' }
    await expect(outsideSignIn.finish('other', answer)).rejects.toMatchObject(REFUSED)
    expect(other.issuer.asked).toEqual([])
    expect((await outsideSignIn.finish('acme', answer)).person.issuer).toBe(mine.issuer.url)
  })
  test('with another state, none, or two', async () => {
    await using outside = await open()
    const { url, ticket } = await outside.begin()
    for (const change of [
      (query: URLSearchParams) => query.set('state', 'x'),
      (query: URLSearchParams) => query.delete('state'),
      (query: URLSearchParams) => query.append('state', 'x'),
    ]) {
      const back = outside.provider.signIn(url)
      change(back.searchParams)
      await expect(outside.finish(back, ticket)).rejects.toMatchObject(REFUSED)
    }
    expect(outside.provider.issuer.asked).not.toContain('/token')
  })
  test('the second time, also where the provider takes a code twice', async () => {
    await using outside = await open()
    const { url, ticket } = await outside.begin()
    const back = outside.provider.signIn(url)
    await outside.finish(back, ticket)
    await expect(outside.finish(back, ticket)).rejects.toMatchObject(REFUSED)
    const sloppy = outside.provider.signIn(url)
    await expect(outside.finish(sloppy, ticket)).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringContaining('ended already'),
    })
    await outside.test.restart()
    await expect(outside.finish(outside.provider.signIn(url), ticket)).rejects.toMatchObject(REFUSED)
  })
  test('after ten minutes, whatever the browser says', async () => {
    await using outside = await open()
    const { url, ticket } = await outside.begin()
    const kept = JSON.parse(Buffer.from(ticket, 'base64url').toString())
    const longer = Buffer.from(JSON.stringify({ ...kept, expiresAt: kept.expiresAt + 1 })).toString('base64url')
    await expect(outside.finish(outside.provider.signIn(url), longer)).rejects.toMatchObject(REFUSED)
    outside.pass(600_000)
    await expect(outside.finish(outside.provider.signIn(url), ticket)).rejects.toMatchObject(REFUSED)
  })
  test('for a code that another sign-in’s PKCE protects', async () => {
    await using outside = await open()
    const [mine, theirs] = [await outside.begin(), await outside.begin()]
    const back = outside.provider.signIn(mine.url)
    back.searchParams.set('code', outside.provider.signIn(theirs.url).searchParams.get('code') ?? '')
    await expect(outside.finish(back, mine.ticket)).rejects.toMatchObject(REFUSED)
  })
  test.each([
    ['another nonce', { nonce: 'x' }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'another-app' }],
    ['another issuer', { iss: 'https://elsewhere.example' }],
    ['no subject', { sub: undefined }],
    ['an expiry a minute ago', { exp: Math.floor(Date.UTC(2026, 10, 23, 11, 59) / 1000) }],
  ])('when its id token has %s', async (_, claims) => {
    await using outside = await open()
    outside.provider.claims = { ...outside.provider.claims, ...claims }
    await expect(outside.signIn()).rejects.toMatchObject(REFUSED)
  })
  test('when its id token is signed by a stranger', async () => {
    await using outside = await open()
    outside.provider.issuer.published = [(await newSigningKey('first')).publicJwk]
    await expect(outside.signIn()).rejects.toMatchObject(REFUSED)
  })
  test('when it says that the person did not want to', async () => {
    await using outside = await open()
    const { url, ticket } = await outside.begin()
    const back = outside.provider.signIn(url)
    back.searchParams.delete('code')
    back.searchParams.set('error', 'access_denied')
    await expect(outside.finish(back, ticket)).rejects.toMatchObject({
      ...REFUSED,
      message: 'The identity provider did not sign you in: [access_denied]',
    })
  })
})

describe('a provider that fails', () => {
  test('is 503 when a sign-in begins, is left alone for five seconds, and may recover', async () => {
    await using outside = await open()
    const { issuer } = outside.provider
    const good = issuer.pages.get('/.well-known/openid-configuration')
    issuer.pages.delete('/.well-known/openid-configuration')
    for (let time = 0; time < 3; time++) await expect(outside.begin()).rejects.toMatchObject(UNAVAILABLE)
    expect(issuer.asked).toHaveLength(1)
    if (good !== undefined) issuer.pages.set('/.well-known/openid-configuration', good)
    outside.pass(5_000)
    expect((await outside.begin()).url).toContain('/authorize?')
  })
  test.each([
    ['is not there', 404, '<html>'],
    ['answers 500', 500, '{}'],
    ['does not know this server', 401, '{"error":"invalid_client"}'],
    ['answers with something else', 200, '<html>'],
  ])('is 503 at the end, with the reason in the log, when its token endpoint %s', async (_, status, body) => {
    await using outside = await open()
    outside.provider.issuer.pages.set('/token', (_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    )
    await expect(outside.signIn()).rejects.toMatchObject(UNAVAILABLE)
    expect(outside.test.logged).toHaveLength(1)
  })
  test('that is another one than the settings name is not believed', async () => {
    await using outside = await open()
    const document = outside.provider.issuer.discovery()
    for (const issuer of ['https://elsewhere.example', `${outside.provider.issuer.url}/`]) {
      outside.provider.issuer.discovery = () => ({ ...document, issuer })
      await expect(outside.begin(), issuer).rejects.toMatchObject(UNAVAILABLE)
      outside.pass(5_000)
    }
  })
  test('is not there at all when the settings do not name it', async () => {
    await using outside = await open()
    const { outsideSignIn } = outside.test.identity
    await expect(outsideSignIn.begin('other', WISH)).rejects.toMatchObject({ code: 'not.found' })
    await using without = await TestIdentity.open([outside.provider.issuer.trusted()])
    expect(without.identity.outsideSignIn.providers).toEqual([])
    expect(outsideSignIn.providers).toEqual([{ id: 'acme', name: 'Acme Login' }])
  })
})

test('strangers who make answers up are stopped after ten a minute, and fill no disk', async () => {
  await using outside = await open()
  const { url, ticket } = await outside.begin()
  const state = new URL(url).searchParams.get('state') ?? ''
  const madeUp = new URL(`${REDIRECT_URI}?code=x&state=${state}`)
  for (let time = 0; time < 10; time++) await expect(outside.finish(madeUp, ticket)).rejects.toMatchObject(REFUSED)
  await expect(outside.finish(madeUp, ticket)).rejects.toMatchObject({ code: 'too.many.requests' })
  expect(outside.provider.issuer.asked.filter((path) => path === '/token')).toHaveLength(10)
  expect(await outside.test.metadata.database.selectFrom('spentToken').selectAll().execute()).toEqual([])
})

test('a provider that takes a secret in the form only gets it there', async () => {
  await using outside = await open()
  const { issuer } = outside.provider
  const document = issuer.discovery()
  issuer.discovery = () => ({ ...document, token_endpoint_auth_methods_supported: ['client_secret_post'] })
  let form = new URLSearchParams()
  issuer.pages.set('/token', async (request, response) => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>)
    form = new URLSearchParams(Buffer.concat(chunks).toString())
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
  })
  await expect(outside.signIn()).rejects.toMatchObject(REFUSED)
  expect([form.get('client_id'), form.get('client_secret')]).toEqual([SIGN_IN.clientId, CLIENT_SECRET])
  expect(outside.test.logged.join()).not.toContain(CLIENT_SECRET)
})
