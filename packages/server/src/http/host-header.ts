import type { IncomingMessage } from 'node:http'
import { Refusal } from '../domain/refusal.ts'

/**
 * Node keeps the first of several Host headers, a proxy in front may go by another (RFC 9112 §3.2).
 * @throws Refusal bad.request unless an HTTP/1.1 request has exactly one.
 */
export function checkHost({ httpVersion, rawHeaders }: IncomingMessage): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.length === 4 && /^host$/i.test(name)).length
  if (hosts === 0 && httpVersion === '1.1') throw new Refusal('bad.request', 'The Host header is missing.')
  if (hosts > 1) throw new Refusal('bad.request', 'The Host header is there more than once.')
}
