import { createHash } from 'node:crypto'
import type { Client } from '../../metadata/clients.ts'
import { type Answer, TestIdentityApp } from '../test-identity-app.ts'

export const OWN = 'http://localhost:8787'
export const REDIRECT = 'https://app.example.com/signed-in?from=routemeter'
export const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** The query with which the app sends people here. */
export const REQUEST = {
  response_type: 'code',
  client_id: 'app',
  redirect_uri: REDIRECT,
  state: 'state & "more"',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

export const authorizeUrl = (changes: Record<string, string> = {}) =>
  `/oauth/authorize?${new URLSearchParams({ ...REQUEST, ...changes })}`

/** An organization with a person, Rita, and an app for people. */
export async function openWithApp(app: Partial<Client> = {}, settings = {}): Promise<TestIdentityApp> {
  const opened = await TestIdentityApp.open(settings)
  await opened.test.addClient('acme', 'rita', ['usage:organization:view', 'usage:event:add'], { name: 'Rita' })
  await opened.test.addClient('acme', 'app', ['usage:organization:view', 'oauth:client:view'], {
    name: 'Reports & <b>more</b>',
    authorizedGrantType: 'CODE',
    registeredRedirectUri: [REDIRECT],
    ...app,
  })
  return opened
}

/** For tests: a browser without scripts, with a cookie jar that keeps to SameSite=Strict. */
export class TestBrowser {
  readonly cookies = new Map<string, string>()
  readonly #app: TestIdentityApp
  #url = OWN

  constructor(app: TestIdentityApp) {
    this.#app = app
  }

  /** What stands in the address bar. */
  get url(): URL {
    return new URL(this.#url)
  }

  /** Goes to an address; from another site's page the cookies stay at home. */
  async go(url: string, { fromElsewhere = false } = {}): Promise<Answer> {
    this.#url = new URL(url, this.#url).href
    const cookie = fromElsewhere ? '' : this.#cookieHeader()
    return this.#take(await this.#app.inject({ url: this.#path(), headers: { host: this.url.host, cookie } }))
  }

  /** Follows the page's own refresh, or its link. */
  follow(page: Answer, pattern = /<meta http-equiv="refresh" content="0; url=([^"]+)">/): Promise<Answer> {
    return this.go(found(pattern, page.body))
  }

  /** Sends the page's form with these fields beside its hidden ones. */
  async submit(page: Answer, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const hidden = [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
    const form = new URLSearchParams({
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      ...fields,
    })
    this.#url = new URL(found(/<form method="post" action="([^"]+)"/, page.body), this.#url).href
    const answer = this.#take(
      await this.#app.inject({
        method: 'POST',
        url: this.#path(),
        payload: form.toString(),
        headers: {
          host: this.url.host,
          origin: this.url.origin,
          cookie: this.#cookieHeader(),
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      }),
    )
    const { location } = answer.headers
    if (answer.statusCode !== 303 || location === undefined) return answer
    const to = new URL(location, this.#url)
    if (to.origin === OWN) return this.go(to.href)
    this.#url = to.href
    return answer
  }

  #path(): string {
    return this.url.pathname + this.url.search
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #take(answer: Answer): Answer {
    for (const { name, value } of answer.cookies) this.cookies.set(name, value)
    return answer
  }
}

function found(pattern: RegExp, text: string): string {
  const match = pattern.exec(text)?.[1]
  if (match === undefined) throw new Error(`no ${pattern} in ${text}`)
  return match.replaceAll('&amp;', '&')
}
