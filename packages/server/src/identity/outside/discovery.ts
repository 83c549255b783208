import type { FetchImplementation } from 'jose'

/**
 * Where an issuer says its keys are (OpenID Connect Discovery 1.0 §4).
 * @throws Error when it does not say so, says it of another issuer, or cannot be reached.
 */
export async function discoverJwksUri(issuer: string, fetch: FetchImplementation, timeoutMs: number): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(address, {
    method: 'GET',
    headers: new Headers({ accept: 'application/json' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}`)
  const document = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown } | null
  if (document?.issuer !== issuer) throw new Error(`${address} is about another issuer`)
  if (typeof document.jwks_uri !== 'string' || !isAsSafe(document.jwks_uri, issuer)) {
    throw new Error(`${address} names no https address as jwks_uri`)
  }
  return document.jwks_uri
}

/** https, or plain where the issuer itself is: settings allow that on this machine only. */
function isAsSafe(address: string, issuer: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, origin } = new URL(address)
  return protocol === 'https:' || origin === new URL(issuer).origin
}
