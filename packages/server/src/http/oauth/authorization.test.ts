import { expect, test } from 'vitest'
import { SECRET } from '../../identity/test-identity.ts'
import type { Answer, TestIdentityApp } from '../test-identity-app.ts'
import { authorizeUrl, OWN, openWithApp, REDIRECT, REQUEST, TestBrowser, VERIFIER } from './test-browser.ts'

const RITA = { clientId: 'rita', clientSecret: SECRET }

/** Rita's browser at the page that asks for her consent. */
async function atConsent(app: TestIdentityApp): Promise<{ browser: TestBrowser; page: Answer }> {
  const browser = new TestBrowser(app)
  const signIn = await browser.follow(await browser.go(authorizeUrl(), { fromElsewhere: true }))
  const page = await browser.submit(signIn, RITA)
  expect(page.body).toContain('Allow')
  return { browser, page }
}

function exchange(app: TestIdentityApp, code: string, changes: Record<string, string> = {}): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    client_id: 'app',
    redirect_uri: REDIRECT,
    ...changes,
  }
  return app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
}

test('an app sends Rita here; she signs in and allows it, and the app then calls for her, until her client is disabled', async () => {
  await using app = await openWithApp()
  const browser = new TestBrowser(app)
  const bounce = await browser.go(authorizeUrl(), { fromElsewhere: true })
  expect(bounce.statusCode).toBe(200)
  const signIn = await browser.follow(bounce)
  expect(browser.url.pathname).toBe('/oauth/sign-in')
  expect(signIn.body).toContain('Sign in to go on to Reports &amp; &lt;b&gt;more&lt;/b&gt;')
  const consent = await browser.submit(signIn, RITA)
  expect(browser.url.pathname).toBe('/oauth/authorize')
  for (const text of [
    'Reports &amp; &lt;b&gt;more&lt;/b&gt;',
    'The acme',
    'Rita',
    'https://app.example.com</strong>',
  ]) {
    expect(consent.body).toContain(text)
  }
  // What both may, and nothing that only one of them may.
  expect(consent.body).toContain('query the calls made in the organization')
  expect(consent.body).not.toMatch(/send usage events|see OAuth clients/)
  await browser.submit(consent, { decision: 'allow' })
  expect(browser.url.origin + browser.url.pathname).toBe('https://app.example.com/signed-in')
  const { code, ...rest } = Object.fromEntries(browser.url.searchParams)
  expect(rest).toEqual({ from: 'routemeter', state: 'state & "more"', iss: OWN })

  const answer = await exchange(app, code ?? '')
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toEqual({
    access_token: expect.stringMatching(/^rmt_/),
    token_type: 'bearer',
    expires_in: 86_399,
  })
  const headers = { authorization: `Bearer ${answer.json().access_token}` }
  const get = (url: string) => app.inject({ url, headers })
  expect((await get('/api/v2/tokens/me')).json().OAuthClient).toMatchObject({ id: 'app', authorizedGrantType: 'CODE' })
  expect((await get('/api/v2/users/me')).json()).toMatchObject({ name: 'Rita', username: 'rita', state: 'active' })
  expect((await get('/v1/ingest-keys')).statusCode).toBe(403)
  const sent = await app.inject({ method: 'POST', url: '/v1/events', headers, payload: [] })
  expect(sent.statusCode).toBe(403)
  await app.test.changeClient('rita', { state: 'disabled' })
  expect((await get('/api/v2/users/me')).statusCode).toBe(401)
  for (const secret of [code ?? '', answer.json().access_token, ...browser.cookies.values(), SECRET]) {
    expect(app.log).not.toContain(secret)
    expect(app.test.metadata.bytes().includes(secret)).toBe(false)
  }
})

test('who is signed in is asked at once, from another site’s page too; the code of a second Allow is another', async () => {
  await using app = await openWithApp()
  const { browser } = await atConsent(app)
  const codes = new Set<string | null>()
  for (const fromElsewhere of [true, false]) {
    const first = await browser.go(authorizeUrl(), { fromElsewhere })
    const page = fromElsewhere ? await browser.follow(first) : first
    await browser.submit(page, { decision: 'allow' })
    codes.add(browser.url.searchParams.get('code'))
    await browser.go(OWN)
  }
  expect(codes.size).toBe(2)
})

test('Deny is told to the app, with its state', async () => {
  await using app = await openWithApp()
  const { browser, page } = await atConsent(app)
  await browser.submit(page, { decision: 'deny' })
  expect(Object.fromEntries(browser.url.searchParams)).toEqual({
    from: 'routemeter',
    error: 'access_denied',
    error_description: 'The person did not allow it.',
    state: REQUEST.state,
    iss: OWN,
  })
})

test('somebody else may sign in instead: the session before is over', async () => {
  await using app = await openWithApp()
  const { browser, page } = await atConsent(app)
  const before = browser.cookies.get('routemeter_session') ?? ''
  await app.test.addClient('acme', 'bert')
  const signIn = await browser.follow(page, /<a href="([^"]+)">Sign in as somebody else/)
  const consent = await browser.submit(signIn, { ...RITA, clientId: 'bert' })
  expect(consent.body).toContain('The bert')
  await expect(app.test.authenticate({ session: before })).rejects.toMatchObject({ code: 'bad.credentials' })
})

test('prompt=login asks who is signed in to sign in again', async () => {
  await using app = await openWithApp()
  const { browser } = await atConsent(app)
  const page = await browser.follow(await browser.go(authorizeUrl({ prompt: 'login' })))
  expect(page.body).toContain('Client secret')
  expect((await browser.submit(page, RITA)).body).toContain('Allow')
})

test('an app of another organization gets nobody, and nobody learns whose it is', async () => {
  await using app = await openWithApp()
  await app.test.addClient('beta', 'bert')
  const browser = new TestBrowser(app)
  const signIn = await browser.follow(await browser.go(authorizeUrl(), { fromElsewhere: true }))
  const page = await browser.submit(signIn, { ...RITA, clientId: 'bert' })
  expect(page.body).toContain('belongs to another organization')
  expect(page.body).not.toMatch(/acme|<form/)
})

test('a wrong secret is said on the page, and too many lock out', async () => {
  await using app = await openWithApp()
  const browser = new TestBrowser(app)
  let page = await browser.follow(await browser.go(authorizeUrl()))
  for (let attempt = 0; attempt < 10; attempt += 1) {
    page = await browser.submit(page, { clientId: '"rita"', clientSecret: 'wrong' })
    expect(page.statusCode).toBe(401)
    expect(page.headers['www-authenticate']).not.toContain('Basic')
    expect(page.body).toContain('There is no client with this id and secret.')
    expect(page.body).toContain('value="&quot;rita&quot;"')
    expect(page.body).not.toContain('wrong')
  }
  page = await browser.submit(page, { clientId: '"rita"', clientSecret: SECRET })
  expect(page.statusCode).toBe(429)
  expect(page.headers['retry-after']).toBe('60')
  expect(page.body).toContain('Too many wrong secrets')
  expect(browser.cookies.has('routemeter_session')).toBe(false)
})

test.each<[string, Record<string, string>]>([
  ['a client that is not there', { client_id: '<i>nobody</i>' }],
  ['an address that is not registered', { redirect_uri: 'https://evil.example/<i>' }],
])('%s is said on a page, and the browser goes nowhere', async (_what, changes) => {
  await using app = await openWithApp()
  const browser = new TestBrowser(app)
  for (const path of ['authorize', 'sign-in']) {
    const answer = await browser.go(authorizeUrl(changes).replace('authorize', path))
    expect(answer.statusCode).toBe(400)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).not.toMatch(/<i>|http-equiv/)
  }
})

test.each<[string, Record<string, string>, string]>([
  ['no challenge', { code_challenge: '' }, 'invalid_request'],
  ['plain', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
])('%s goes back to the app as an error with its state', async (_what, changes, error) => {
  await using app = await openWithApp()
  const answer = await new TestBrowser(app).go(authorizeUrl(changes))
  expect(answer.statusCode).toBe(303)
  const to = new URL(String(answer.headers.location))
  expect(to.origin).toBe('https://app.example.com')
  expect(Object.fromEntries(to.searchParams)).toMatchObject({ error, state: REQUEST.state, iss: OWN })
  expect(to.searchParams.has('code')).toBe(false)
})

test('a parameter that comes twice is an error, and no choice of ours', async () => {
  await using app = await openWithApp()
  const answer = await new TestBrowser(app).go(`${authorizeUrl()}&code_challenge=x`)
  expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe('invalid_request')
  const twice = await new TestBrowser(app).go(`${authorizeUrl()}&redirect_uri=https://evil.example/`)
  expect(twice.statusCode).toBe(400)
})

test('where there is a public URL, it is who answers', async () => {
  await using app = await openWithApp({}, { publicUrl: 'https://usage.example.com/rm' })
  const answer = await new TestBrowser(app).go(authorizeUrl({ response_type: '' }))
  expect(new URL(String(answer.headers.location)).searchParams.get('iss')).toBe('https://usage.example.com/rm')
})

test.each<[string, Record<string, string>]>([
  ['another verifier', { code_verifier: 'w'.repeat(64) }],
  ['another address', { redirect_uri: 'https://app.example.com/' }],
  ['another client', { client_id: 'other' }],
])('a code with %s is refused in OAuth’s form', async (_what, changes) => {
  await using app = await openWithApp()
  await app.test.addClient('acme', 'other', [], { authorizedGrantType: 'CODE' })
  const { browser, page } = await atConsent(app)
  await browser.submit(page, { decision: 'allow' })
  const answer = await exchange(app, browser.url.searchParams.get('code') ?? '', changes)
  expect(answer.statusCode).toBe(400)
  expect(Object.keys(answer.json())).toEqual(['error', 'error_description', 'description'])
  expect(answer.json().error).toBe('invalid_grant')
})
