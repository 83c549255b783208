import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TestProvider } from '../../identity/outside/test-provider.ts'
import type { HttpSettings } from '../api.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

const OWN = 'https://usage.example.com/metered'
const START = '/oauth/sign-in/acme'
const TICKET = 'routemeter_outside_sign_in'
const SESSION = 'routemeter_session'

/** The library goes by the real clock, which is put beside the test's own. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

async function open(settings: Partial<HttpSettings> = { publicUrl: OWN }) {
  const provider = await TestProvider.open()
  const app = await TestIdentityApp.open(settings, [provider.trusted()])
  await app.test.addClient('acme', 'admin')
  vi.setSystemTime(app.test.clock.now)
  return {
    provider,
    app,
    get: (url: string, cookies: Record<string, string> = {}) => app.inject({ url, cookies }),
    /** Up to the callback: its path, and the cookies that a browser then has for it. */
    async goThere(start = START) {
      const answer = await app.inject({ url: start })
      const back = provider.signIn(String(answer.headers.location))
      return { back, path: back.pathname.replace('/metered', '') + back.search, cookies: cookiesOf(answer) }
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

const cookiesOf = (answer: Answer) => Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]))
const cookieOf = (answer: Answer, name: string) => answer.cookies.find((cookie) => cookie.name === name)
const refreshOf = (page: Answer) => /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.body)?.[1]

describe('signing in at a provider', () => {
  test('begins with a button on the page at /, and ends there with a session', async () => {
    await using outside = await open()
    const index = await outside.get('/')
    expect(index.body).toContain('<a class="button" href="oauth/sign-in/acme">Sign in with Acme Login</a>')
    const { back, path, cookies } = await outside.goThere()
    expect(back.href.startsWith(`${OWN}/oauth/sign-in/acme/callback?`)).toBe(true)
    const landed = await outside.get(path, cookies)
    expect(landed.statusCode).toBe(200)
    expect(landed.body).toContain('You are signed in as Anna.')
    expect(new URL(refreshOf(landed) ?? '', back).href).toBe(`${OWN}/`)
    const signedIn = await outside.get('/', cookiesOf(landed))
    expect(signedIn.body).toContain('You are signed in as Anna.')
    expect(signedIn.body).not.toContain('Acme Login')
    expect((await outside.get('/api/v2/tokens/me', cookiesOf(landed))).json()).toMatchObject({
      organization: { id: 'acme' },
    })
  })
  test('keeps its two cookies from scripts; the lax one lives ten minutes and ends with the sign-in', async () => {
    await using outside = await open()
    const start = await outside.get(START)
    expect(start.statusCode).toBe(303)
    const secure = { path: '/', httpOnly: true, secure: true }
    expect(cookieOf(start, TICKET)).toMatchObject({ ...secure, sameSite: 'Lax', maxAge: 600 })
    const { path, cookies } = await outside.goThere()
    const landed = await outside.get(path, cookies)
    expect(cookieOf(landed, SESSION)).toMatchObject({ ...secure, sameSite: 'Strict', maxAge: 12 * 60 * 60 })
    expect(cookieOf(landed, TICKET)).toMatchObject({ value: '', expires: new Date(0) })
  })
  test('without publicUrl comes back to the address that the browser used', async () => {
    await using outside = await open({})
    const answer = await outside.app.inject({ url: START, headers: { host: 'localhost:8787' } })
    const asked = new URL(String(answer.headers.location)).searchParams
    expect(asked.get('redirect_uri')).toBe('http://localhost:8787/oauth/sign-in/acme/callback')
    expect(cookieOf(answer, TICKET)?.secure).toBeUndefined()
  })
  test('ends the session that was there', async () => {
    await using outside = await open()
    const first = await outside.goThere()
    const old = cookiesOf(await outside.get(first.path, first.cookies))
    const second = await outside.goThere()
    await outside.get(second.path, { ...second.cookies, [SESSION]: String(old[SESSION]) })
    expect((await outside.get('/api/v2/tokens/me', old)).statusCode).toBe(401)
  })
})

describe('an app that asks a person at a provider', () => {
  const verifier = 'v'.repeat(64)
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: 'https://app.example.com/back',
    state: 'app & state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()

  async function openWithApp() {
    const outside = await open()
    await outside.app.test.addClient('acme', 'app', ['usage:organization:view', 'oauth:client:view'], {
      authorizedGrantType: 'CODE',
      registeredRedirectUri: ['https://app.example.com/back'],
    })
    return outside
  }

  test('is asked about again after signing in, and its token may what app and person both may', async () => {
    await using outside = await openWithApp()
    const form = await outside.get(`/oauth/sign-in?${request}`)
    const [, link = ''] = /<a class="button" href="([^"]+)">Sign in with Acme Login</.exec(form.body) ?? []
    const start = new URL(link.replaceAll('&amp;', '&'), `${OWN}/oauth/sign-in`)
    const { back, path, cookies } = await outside.goThere(start.pathname.replace('/metered', '') + start.search)
    const landed = await outside.get(path, cookies)
    const next = new URL(refreshOf(landed)?.replaceAll('&amp;', '&') ?? '', back)
    expect(next.href).toBe(`${OWN}/oauth/authorize?${request}`)
    const session = cookiesOf(landed)
    const consent = await outside.get(`/oauth/authorize?${request}`, session)
    const [, formToken = ''] = /name="formToken" value="([^"]+)"/.exec(consent.body) ?? []
    const allowed = await outside.app.inject({
      method: 'POST',
      url: `/oauth/authorize?${request}`,
      cookies: session,
      headers: { origin: new URL(OWN).origin, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ formToken, decision: 'allow' }).toString(),
    })
    const code = new URL(String(allowed.headers.location)).searchParams.get('code') ?? ''
    const granted = await outside.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        authorization: `Basic ${Buffer.from('app:a secret for tests, long enough').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: 'https://app.example.com/back',
        code_verifier: verifier,
      }).toString(),
    })
    const caller = await outside.app.test.authenticate({ authorization: `Bearer ${granted.json().access_token}` })
    expect(caller).toMatchObject({
      kind: 'person',
      clientId: 'app',
      person: { issuer: outside.provider.issuer.url, subject: 'anna', name: 'Anna' },
      permissions: new Set(['usage:organization:view']),
    })
  })
  test('with prompt=login has them sign in at the provider again', async () => {
    await using outside = await openWithApp()
    const form = await outside.get(`/oauth/sign-in?${request}&prompt=login`)
    const [, link = ''] = /<a class="button" href="([^"]+)">Sign in with Acme Login</.exec(form.body) ?? []
    const start = await outside.get(`/oauth/${link.replaceAll('&amp;', '&')}`)
    expect(new URL(String(start.headers.location)).searchParams.get('prompt')).toBe('login')
  })
  test('nobody is led anywhere else', async () => {
    await using outside = await openWithApp()
    const { back, path, cookies } = await outside.goThere(
      `${START}?returnTo=https://evil.example&client_id=//evil.example`,
    )
    const next = new URL(refreshOf(await outside.get(path, cookies))?.replaceAll('&amp;', '&') ?? '', back)
    expect(next.href).toBe(`${OWN}/oauth/authorize?client_id=%2F%2Fevil.example`)
    const long = await outside.get(`${START}?state=${'x'.repeat(2_000)}`)
    expect(long.statusCode).toBe(400)
  })
})

describe('no session begins, and a page says why,', () => {
  async function refused(answer: Answer, status: number, text: string): Promise<void> {
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8'])
    expect(answer.body).toContain(text)
    expect(cookieOf(answer, SESSION)).toBeUndefined()
  }

  test('in a browser that did not begin it', async () => {
    await using outside = await open()
    const { path } = await outside.goThere()
    await refused(await outside.get(path), 403, 'not begun in this browser')
    const theirs = await outside.goThere()
    await refused(await outside.get(path, theirs.cookies), 403, 'Begin again.')
  })
  test('with another state', async () => {
    await using outside = await open()
    const { path, cookies } = await outside.goThere()
    await refused(await outside.get(path.replace(/state=[^&]+/, 'state=x'), cookies), 403, 'Begin again.')
  })
  test('with another nonce', async () => {
    await using outside = await open()
    const { path, cookies } = await outside.goThere()
    outside.provider.claims = { sub: 'anna', nonce: 'x' }
    await refused(await outside.get(path, cookies), 403, 'Begin again.')
  })
  test('the second time', async () => {
    await using outside = await open()
    const { path, cookies } = await outside.goThere()
    expect((await outside.get(path, cookies)).statusCode).toBe(200)
    await refused(await outside.get(path, cookies), 403, 'Begin again.')
  })
  test('when the provider says no, whose words are shown as text', async () => {
    await using outside = await open()
    const { path, cookies } = await outside.goThere()
    const no = path.replace(/code=[^&]+/, `error=${encodeURIComponent('<b>no</b>')}`)
    await refused(await outside.get(no, cookies), 403, '&lt;b&gt;no&lt;/b&gt;')
  })
  test('while the provider cannot be reached, with Retry-After', async () => {
    await using outside = await open()
    const { path, cookies } = await outside.goThere()
    outside.provider.issuer.pages.set('/token', (_, response) => response.destroy())
    const answer = await outside.get(path, cookies)
    await refused(answer, 503, 'cannot be reached')
    expect(answer.headers['retry-after']).toBe('5')
  })
  test('at a provider that there is not', async () => {
    await using outside = await open()
    await refused(await outside.get('/oauth/sign-in/other'), 404, 'no such identity provider')
    await refused(await outside.get('/oauth/sign-in/other/callback?code=x&state=y'), 404, 'no such identity provider')
  })
})

test('no code, ticket, session or id token stands in the log', async () => {
  await using outside = await open()
  const { back, path, cookies } = await outside.goThere()
  const landed = await outside.get(path, cookies)
  await outside.get(path, cookies)
  const log = outside.app.log + outside.app.test.logged.join()
  expect(log).toContain('/oauth/sign-in/:provider/callback')
  const secrets = [back.searchParams.get('state'), back.searchParams.get('code'), cookieOf(landed, SESSION)?.value]
  for (const secret of [...secrets, cookies[TICKET]]) expect(log).not.toContain(secret)
})
