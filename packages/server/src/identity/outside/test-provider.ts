import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { JWTPayload } from 'jose'
import { json, TestIssuer } from './test-issuer.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

export const SIGN_IN = { id: 'acme', name: 'Acme Login', clientId: 'routemeter', scope: 'openid profile' } as const
export const CLIENT_SECRET = 'the secret of routemeter there'

/** For tests: the other half of an identity provider: its person signs in at once, and it gives codes that are good once. */
export class TestProvider implements AsyncDisposable {
  readonly issuer: TestIssuer
  /** What the next id tokens say beside the standard claims; undefined leaves one out. */
  claims: JWTPayload = { sub: 'anna', name: 'Anna', scope: 'usage:organization:view' }
  /** What the next token answers say beside their tokens. */
  answer: Readonly<Record<string, unknown>> = {}
  readonly #codes = new Map<string, URLSearchParams>()

  private constructor(issuer: TestIssuer) {
    this.issuer = issuer
    const { discovery } = issuer
    issuer.discovery = () => ({
      ...discovery.call(issuer),
      authorization_endpoint: `${issuer.url}/authorize`,
      token_endpoint: `${issuer.url}/token`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
    issuer.pages.set('/token', (request, response) => void this.#giveTokens(request, response))
  }

  static async open(): Promise<TestProvider> {
    return new TestProvider(await TestIssuer.open())
  }

  trusted(fields: Partial<TrustedIssuer> = {}): TrustedIssuer {
    return this.issuer.trusted({ signIn: { ...SIGN_IN, clientSecret: CLIENT_SECRET }, ...fields })
  }

  /** What the person's browser does there: where it is sent back to. */
  signIn(authorizationUrl: string): URL {
    const { searchParams: asked } = new URL(authorizationUrl)
    const code = `code-${this.#codes.size}`
    this.#codes.set(code, asked)
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.search = new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString()
    return back
  }

  async #giveTokens(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const basic = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
    const asked = this.#codes.get(form.get('code') ?? '')
    this.#codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isKnown = basic === `routemeter:${encodeURIComponent(CLIENT_SECRET).replaceAll('%20', '+')}`
    if (!isKnown) return refuse(response, 401, 'invalid_client')
    if (asked?.get('code_challenge') !== challenge || asked.get('redirect_uri') !== form.get('redirect_uri')) {
      return refuse(response, 400, 'invalid_grant')
    }
    const nonce = asked.get('nonce') ?? undefined
    const claims = { aud: SIGN_IN.clientId, azp: undefined, scope: undefined, nonce, ...this.claims }
    const idToken = await this.issuer.token(Date.now(), claims, { header: { typ: 'JWT' } })
    json(response, { access_token: 'a', token_type: 'Bearer', id_token: idToken, ...this.answer })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.issuer[Symbol.asyncDispose]()
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}
