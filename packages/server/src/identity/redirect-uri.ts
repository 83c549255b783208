/** Schemes with which a browser would run or show what the URI itself says, as if it came from us. */
const NO_DESTINATION: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/** True for an absolute URI without a fragment (RFC 6749 §3.1.2) to which a browser may be sent with an answer. */
export function isRedirectUri(uri: string): boolean {
  return URL.canParse(uri) && !uri.includes('#') && !NO_DESTINATION.has(new URL(uri).protocol)
}

/** The redirect URI with an answer's parameters behind whatever query it has already. */
export function withAnswer(redirectUri: string, answer: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(answer).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const { href } = new URL(redirectUri)
  return `${href}${href.includes('?') ? '&' : '?'}${new URLSearchParams(given)}`
}
