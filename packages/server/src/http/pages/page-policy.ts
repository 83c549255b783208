/**
 * What a page may load and do: everything it uses is this server's, none of it stands in the page itself, and no other
 * site shows it in a frame.
 * @param allowed directives that this page needs beside the styles and pictures that each has.
 */
export function pagePolicy(allowed: { readonly script?: true; readonly formAction?: readonly string[] } = {}): string {
  const { script, formAction } = allowed
  return [
    "default-src 'none'",
    "style-src 'self'",
    ...(script === undefined ? [] : ["script-src 'self'", "connect-src 'self'"]),
    "img-src 'self'",
    "base-uri 'none'",
    `form-action ${formAction === undefined ? "'none'" : ["'self'", ...formAction].join(' ')}`,
    "frame-ancestors 'none'",
  ].join('; ')
}

/**
 * How a policy names the place that a form's answer leads on to: Chromium asks form-action about redirects, too. A
 * policy has no words for an IPv6 address, nor for an app's own scheme but the scheme itself.
 */
export function formTarget(uri: string): string {
  const { protocol, host, origin } = new URL(uri)
  return /^https?:$/.test(protocol) && /^[a-z0-9.-]+(?::\d+)?$/.test(host) ? origin : protocol
}
