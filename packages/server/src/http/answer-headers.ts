/** An answer's name: in its header, its error body's contextId and every log line about it. */
export const CORRELATION_HEADER = 'ININ-Correlation-Id'

/** Names that go out as they are spelled here: the platform's Java client looks for no other spelling (wire.md §6). */
export const SPELLED_HEADERS = [CORRELATION_HEADER, 'Retry-After'] as const

/** Answers are about this moment and one caller, and a browser must do nothing with them but show them. */
const ALWAYS = {
  'cache-control': 'no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  expires: '0',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

/**
 * The headers that every answer carries, errors and refused connections included (wire.md §4); an operation or a
 * page replaces single ones.
 * @param rateLimit its headers while it is not known who is calling (`untouchedRateLimit`).
 */
export function answerHeaders(
  correlationId: string,
  rateLimit: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { [CORRELATION_HEADER]: correlationId, ...ALWAYS, ...rateLimit }
}

/** @param limit requests counted in this minute, requests allowed in it, whole seconds until the next one. */
export function rateLimitHeaders(limit: { count: number; allowed: number; reset: number }): Record<string, string> {
  return {
    'inin-ratelimit-count': String(limit.count),
    'inin-ratelimit-allowed': String(limit.allowed),
    'inin-ratelimit-reset': String(limit.reset),
  }
}
