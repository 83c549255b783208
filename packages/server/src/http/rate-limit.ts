import rateLimitPlugin from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import { rateLimitHeaders } from './answer-headers.ts'

/** Counts a request against its caller's minute, where it is counted, and says in headers where that stands. */
export type RateLimit = (
  request: FastifyRequest,
  reply: FastifyReply,
  options: { readonly counted: boolean },
) => Promise<void>

const WINDOW_SECONDS = 60

/** Credentials that are remembered at once; past it the one longest unused starts a new minute. */
const REMEMBERED_CREDENTIALS = 100_000

/**
 * Limits how often one credential may call: `perMinute` requests in a minute that starts with its first one; 0 is off.
 * The headers are the platform's (wire.md §4): how many were used, how many are allowed, whole seconds until the next
 * minute.
 * @throws Refusal too.many.requests with retryAfter (from the returned function).
 */
export async function createRateLimit(app: FastifyInstance, perMinute: number): Promise<RateLimit> {
  if (perMinute === 0) return async () => {}
  await app.register(rateLimitPlugin, {
    global: false,
    max: perMinute,
    timeWindow: WINDOW_SECONDS * 1000,
    cache: REMEMBERED_CREDENTIALS,
    keyGenerator: (request) => request.caller.credential,
  })
  const limiter = app.createRateLimit()
  return async (request, reply, { counted }) => {
    const state = await limiter(request, { increment: counted })
    if (state.isAllowed) return
    const reset = state.ttlInSeconds || WINDOW_SECONDS
    reply.headers(rateLimitHeaders({ count: state.max - state.remaining, allowed: state.max, reset }))
    if (!state.isExceeded || !counted) return
    throw new Refusal(
      'too.many.requests',
      'Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds',
      { seconds: String(reset) },
      { retryAfter: reset },
    )
  }
}
