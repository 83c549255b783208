import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose'
import type { TrustedIssuer } from './trusted-issuer.ts'

export const AUDIENCE = 'https://usage.example.com'

/** One pair of keys of an issuer; generating one is slow, so that tests share what they need not change. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export async function newSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

const FIRST_KEY = await newSigningKey('first')

export type Page = (request: IncomingMessage, response: ServerResponse) => void

/** For tests: an identity provider on 127.0.0.1 with real keys. Its answers can be changed while it runs. */
export class TestIssuer implements AsyncDisposable {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []
  readonly pages: Map<string, Page>
  /** What its key set has. */
  published: readonly JWK[] = [FIRST_KEY.publicJwk]
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.pages = new Map<string, Page>([
      ['/.well-known/openid-configuration', (_, response) => json(response, this.discovery())],
      ['/jwks', (_, response) => json(response, { keys: this.published })],
    ])
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url ?? '/', this.url)
      this.asked.push(pathname)
      const page = this.pages.get(pathname)
      if (page === undefined) response.writeHead(404).end()
      else page(request, response)
    })
  }

  static async open(): Promise<TestIssuer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new TestIssuer(server)
  }

  discovery(): Record<string, unknown> {
    return { issuer: this.url, jwks_uri: `${this.url}/jwks` }
  }

  /** Trust in this issuer: for the organization "acme", to view usage. */
  trusted(fields: Partial<TrustedIssuer> = {}): TrustedIssuer {
    return {
      issuer: this.url,
      audience: AUDIENCE,
      organizations: ['acme'],
      permissionsClaim: 'scope',
      maxPermissions: ['usage:organization:view', 'usage:client:view'],
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      clockSkewSeconds: 60,
      ...fields,
    }
  }

  /** A token that it signs for an hour from `now` (milliseconds); a claim that is undefined is left out. */
  token(
    now: number,
    claims: JWTPayload = {},
    { key = FIRST_KEY, header = {} }: { key?: SigningKey; header?: Partial<JWTHeaderParameters> } = {},
  ): Promise<string> {
    const seconds = Math.floor(now / 1000)
    const standard = { iss: this.url, aud: AUDIENCE, iat: seconds, exp: seconds + 3600, azp: 'outsider' }
    return new SignJWT({ ...standard, scope: 'usage:organization:view', ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
      .sign(key.privateKey)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
