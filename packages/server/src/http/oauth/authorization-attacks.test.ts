import { expect, test } from 'vitest'
import { SECRET } from '../../identity/test-identity.ts'
import type { Answer, TestIdentityApp } from '../test-identity-app.ts'
import { authorizeUrl, openWithApp, TestBrowser } from './test-browser.ts'

const RITA = { clientId: 'rita', clientSecret: SECRET }
const ALLOW = { decision: 'allow' }

async function signInPage(app: TestIdentityApp): Promise<{ browser: TestBrowser; page: Answer }> {
  const browser = new TestBrowser(app)
  return { browser, page: await browser.follow(await browser.go(authorizeUrl(), { fromElsewhere: true })) }
}

async function consentPage(app: TestIdentityApp): Promise<{ browser: TestBrowser; page: Answer }> {
  const { browser, page } = await signInPage(app)
  return { browser, page: await browser.submit(page, RITA) }
}

const codes = async (app: TestIdentityApp) =>
  (await app.test.metadata.database.selectFrom('authorizationCode').select('hash').execute()).length

function expectRefused(answer: Answer): void {
  expect(answer.statusCode, answer.body).toBe(403)
  expect(answer.headers.location).toBeUndefined()
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(answer.body).toContain('That is not allowed')
}

test.each<[string, Record<string, string>]>([
  ['another site', { origin: 'https://evil.example' }],
  ['another port', { origin: 'http://localhost:9999' }],
  ['nobody knows where', { origin: 'null' }],
  ['no browser', { origin: '' }],
])('neither form takes what comes from %s', async (_where, headers) => {
  await using app = await openWithApp()
  const { browser, page } = await signInPage(app)
  expectRefused(await browser.submit(page, RITA, headers))
  expect(browser.cookies.has('routemeter_session')).toBe(false)
  const consent = await consentPage(app)
  expectRefused(await consent.browser.submit(consent.page, ALLOW, headers))
  expect(await codes(app)).toBe(0)
})

test('consent takes the token of this session and this request only', async () => {
  await using app = await openWithApp({ registeredRedirectUri: [] })
  const redirects = ['https://app.example.com/signed-in?from=routemeter', 'https://app.example.com/other']
  await app.test.changeClient('app', { registeredRedirectUri: redirects })
  const [mine, theirs] = [await consentPage(app), await consentPage(app)]
  const elsewhere = await mine.browser.go(authorizeUrl({ redirect_uri: redirects[1] ?? '' }))
  const tokenOf = (page: Answer) => /name="formToken" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  for (const formToken of ['', 'x', 'x'.repeat(43), tokenOf(theirs.page), tokenOf(elsewhere)]) {
    expectRefused(await mine.browser.submit(mine.page, { ...ALLOW, formToken }))
  }
  expect(await codes(app)).toBe(0)
  await mine.browser.submit(mine.page, ALLOW)
  expect(await codes(app)).toBe(1)
})

test('signing in takes the form of this browser only, so that nobody is signed in as somebody else', async () => {
  await using app = await openWithApp()
  const [victim, attacker] = [await signInPage(app), await signInPage(app)]
  expectRefused(await victim.browser.submit(attacker.page, RITA))
  victim.browser.cookies.clear()
  expectRefused(await victim.browser.submit(victim.page, RITA))
  victim.browser.cookies.set('routemeter_before_session', '')
  expectRefused(await victim.browser.submit(victim.page, RITA))
  expect(victim.browser.cookies.has('routemeter_session')).toBe(false)
})

test('consent of somebody whose session is over asks them to sign in, and allows nothing', async () => {
  await using app = await openWithApp()
  const { browser, page } = await consentPage(app)
  await app.test.identity.signOut(browser.cookies.get('routemeter_session') ?? '')
  const answer = await browser.submit(page, ALLOW)
  expect(browser.url.pathname).toBe('/oauth/sign-in')
  expect(answer.body).toContain('Client secret')
  expect(await codes(app)).toBe(0)
})

test('the request of a form is checked again: an address that was taken back gets nothing', async () => {
  await using app = await openWithApp()
  const { browser, page } = await consentPage(app)
  await app.test.changeClient('app', { registeredRedirectUri: ['https://app.example.com/new'] })
  const answer = await browser.submit(page, ALLOW)
  expect(answer.statusCode).toBe(400)
  expect(await codes(app)).toBe(0)
})

test('somebody of another organization cannot allow it by sending the form themselves', async () => {
  await using app = await openWithApp()
  const { browser, page } = await consentPage(app)
  await app.test.metadata.database
    .updateTable('client')
    .set({ organizationId: 'beta' })
    .where('id', '=', 'rita')
    .execute()
  await app.test.addClient('beta', 'bert')
  expectRefused(await browser.submit(page, ALLOW))
  expect(await codes(app)).toBe(0)
})

test.each(['decision=allow', 'formToken=x', 'formToken=x&decision=maybe', ''])(
  'the form [%s] is 400',
  async (payload) => {
    await using app = await openWithApp()
    const headers = {
      host: 'localhost',
      origin: 'http://localhost',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const answer = await app.inject({ method: 'POST', url: authorizeUrl(), headers, payload })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  },
)

test('a token in place of a session allows nothing', async () => {
  await using app = await openWithApp()
  const { browser, page } = await signInPage(app)
  await app.test.addClient('acme', 'program')
  const token = await app.test.token('program')
  for (const value of [token, 'garbage', '']) {
    browser.cookies.set('routemeter_session', value)
    const answer = await browser.go(authorizeUrl())
    expect(answer.body).not.toContain('Allow')
  }
  expect(page.body).toContain('Client secret')
})

test('every page is this server’s alone: no script, no frame, no form to elsewhere but the app’s', async () => {
  await using app = await openWithApp()
  const bounce = await new TestBrowser(app).go(authorizeUrl(), { fromElsewhere: true })
  const { page: signIn } = await signInPage(app)
  const { page: consent } = await consentPage(app)
  const wrong = await new TestBrowser(app).go('/oauth/authorize')
  for (const [page, formAction] of [
    [bounce, "'none'"],
    [signIn, "'self'"],
    [consent, "'self' https://app.example.com"],
    [wrong, "'none'"],
  ] as const) {
    expect(page.headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
    )
    expect(page.headers['cache-control']).toContain('no-store')
    expect(page.headers['referrer-policy']).toBe('same-origin')
    expect(page.body).not.toMatch(/<script|<style|\sstyle=|\son\w+=/)
    const uses = [...page.body.matchAll(/(?:src|href)="(\.\.\/[^"]+)"/g)].map(([, url]) => url ?? '')
    expect(uses).toContain('../assets/page.css')
    for (const url of uses)
      expect((await app.inject({ url: new URL(url, 'http://x/oauth/').pathname })).statusCode).toBe(200)
  }
})

test.each([
  ['http://127.0.0.1:3000/cb', "'self' http://127.0.0.1:3000"],
  ['http://[::1]:3000/cb', "'self' http:"],
  ['com.example.app:/cb', "'self' com.example.app:"],
  ["https://a.example;script-src'/cb", "'self' https:"],
])('a form’s answer may lead to %s', async (redirectUri, formAction) => {
  await using app = await openWithApp({ registeredRedirectUri: [redirectUri] })
  const browser = new TestBrowser(app)
  const signIn = await browser.follow(await browser.go(authorizeUrl({ redirect_uri: redirectUri })))
  const page = await browser.submit(signIn, RITA)
  expect(page.headers['content-security-policy']).toContain(`form-action ${formAction}; frame`)
  await browser.submit(page, ALLOW)
  expect(browser.url.protocol).toBe(new URL(redirectUri).protocol)
  expect(browser.url.searchParams.get('code')).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test.each([
  [{}, false],
  [{ publicUrl: 'https://localhost:8787' }, true],
])('cookies are for this server only, Secure where it is HTTPS (%j)', async (settings, secure) => {
  await using app = await openWithApp({}, settings)
  const browser = new TestBrowser(app)
  const page = await browser.follow(await browser.go(authorizeUrl()))
  const [before] = page.cookies
  const attributes = { path: '/', httpOnly: true, sameSite: 'Strict', ...(secure ? { secure } : {}) }
  expect(before).toEqual({ name: 'routemeter_before_session', value: expect.any(String), ...attributes })
  const url = authorizeUrl().replace('authorize', 'sign-in')
  const token = /name="formToken" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const answer = await app.inject({
    method: 'POST',
    url,
    headers: {
      host: 'localhost:8787',
      origin: 'http://localhost:8787',
      cookie: `routemeter_before_session=${before?.value}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ ...RITA, formToken: token }).toString(),
  })
  expect(answer.statusCode, answer.body).toBe(303)
  expect(answer.cookies).toEqual([
    { name: 'routemeter_session', value: expect.any(String), maxAge: 43_200, ...attributes },
  ])
})
