import { Refusal, shown } from '../domain/refusal.ts'

/** Addresses that a browser would run or read from its own machine instead of asking somebody for. */
const NO_PLACES: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/**
 * Where people may be sent back to is compared to the letter (decisions.md 19): absolute and without a fragment
 * (RFC 6749 §3.1.2), of the web or an app's own scheme.
 * @throws Refusal invalid.value naming the first that cannot be used.
 */
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

function isRedirectUri(uri: string): boolean {
  if (/[\s\p{Cc}#\\]/u.test(uri) || !URL.canParse(uri)) return false
  return !NO_PLACES.has(new URL(uri).protocol)
}
