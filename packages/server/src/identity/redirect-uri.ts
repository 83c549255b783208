import { Refusal, shown } from '../domain/refusal.ts'

/** Schemes with which a browser would run or show what the URI itself says, as if it came from us. */
const NO_DESTINATION: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/**
 * True for an absolute URI without a fragment (RFC 6749 §3.1.2) to which a browser may be sent with an answer. It is
 * compared to the letter (decisions.md 19), so that nothing may be in it that a browser would write in another way.
 */
export function isRedirectUri(uri: string): boolean {
  if (/[\s\p{Cc}#\\]/u.test(uri) || !URL.canParse(uri)) return false
  return !NO_DESTINATION.has(new URL(uri).protocol)
}

/** @throws Refusal invalid.value naming the first that cannot be used. */
export function checkRedirectUris(uris: readonly string[]): void {
  for (const [index, uri] of uris.entries()) {
    if (isRedirectUri(uri)) continue
    throw new Refusal(
      'invalid.value',
      'Value [{value}] is not valid for [{field}]. Allowable values are: absolute addresses without a fragment, such as https://app.example.com/callback',
      { value: shown(uri), field: `registeredRedirectUri[${index}]` },
    )
  }
}

/** The redirect URI with an answer's parameters behind whatever query it has already. */
export function withAnswer(redirectUri: string, answer: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const { href } = new URL(redirectUri)
  return `${href}${href.includes('?') ? '&' : '?'}${new URLSearchParams(given)}`
}
