import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import type { Caller } from '../identity/caller.ts'
import { rateLimitHeaders } from './answer-headers.ts'
import type { HttpSettings } from './api.ts'
import { type Allowance, MINUTE_MS, type RequestCounter, type Standing } from './request-counter.ts'

export type RateLimitSettings = Pick<
  HttpSettings,
  'rateLimitPerMinute' | 'organizationRateLimitPerMinute' | 'eventRateLimitPerMinute'
>

/** Counts a request of a known caller, and says in headers where its limits stand. */
export type RateLimit = (
  request: FastifyRequest,
  reply: FastifyReply,
  options: { readonly sendsEvents: boolean },
) => Promise<void>

/** What a limit is called in an error's `limit`: the platform's namespace, and its own words where it has them. */
const NAMESPACE = 'platform.api'

/** "No limit" for programs that compute with the header: the greatest that every language's integer takes. */
const UNLIMITED = 2 ** 31 - 1

interface Limit extends Allowance {
  readonly name: string
}

/**
 * Limits how often one may call (wire.md §4): each credential and each organization in a minute of its own, sending
 * events apart from everything else and by credential only. Every request of a known caller counts, whatever it is
 * answered, except one that is refused here. Of the limits that apply, the headers show the one that ends first.
 * @throws Refusal too.many.requests with retryAfter (from the returned function).
 */
export function createRateLimit(counter: RequestCounter, settings: RateLimitSettings): RateLimit {
  return async (request, reply, { sendsEvents }) => {
    const [general, events] = [generalLimits(request.caller, settings), eventLimits(request.caller, settings)]
    const applying = sendsEvents ? events : general
    if (applying.length === 0) {
      // Nothing is counted; the headers still say how much else this caller may do.
      show(reply, tightest(general, await counter.look(general)))
      return
    }
    const { taken, standings } = await counter.take(applying)
    const shown = tightest(applying, standings)
    show(reply, shown)
    if (!taken && shown !== undefined) throw exceeded(shown)
  }
}

/** The headers of an answer to nobody in particular: nothing is used of what one caller may do in a minute. */
export function untouchedRateLimit(settings: RateLimitSettings): Readonly<Record<string, string>> {
  const limits = [settings.rateLimitPerMinute, settings.organizationRateLimitPerMinute].filter((limit) => limit > 0)
  return rateLimitHeaders({ count: 0, allowed: Math.min(UNLIMITED, ...limits), reset: MINUTE_MS / 1000 })
}

function generalLimits({ credential, organizationId }: Caller, settings: RateLimitSettings): readonly Limit[] {
  return inForce([
    { name: 'token.rate.per.minute', key: `token ${credential}`, allowed: settings.rateLimitPerMinute },
    {
      name: 'organization.rate.per.minute',
      key: `organization ${organizationId}`,
      allowed: settings.organizationRateLimitPerMinute,
    },
  ])
}

function eventLimits({ credential }: Caller, settings: RateLimitSettings): readonly Limit[] {
  return inForce([
    { name: 'event.rate.per.minute', key: `events ${credential}`, allowed: settings.eventRateLimitPerMinute },
  ])
}

/** 0 is off. */
function inForce(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter(({ allowed }) => allowed > 0)
}

interface Shown extends Standing {
  readonly name: string
  /** Whole seconds, at least 1. */
  readonly reset: number
}

/** The limit with the fewest requests left; of two that are used up, the one that lasts longer. */
function tightest(limits: readonly Limit[], standings: readonly Standing[]): Shown | undefined {
  const all = standings.map((standing, index) => ({
    ...standing,
    name: limits[index]?.name ?? '',
    reset: Math.max(1, Math.ceil(standing.resetMs / 1000)),
  }))
  return all.sort((one, other) => left(one) - left(other) || other.resetMs - one.resetMs)[0]
}

function left({ allowed, count }: Standing): number {
  return allowed - count
}

function show(reply: FastifyReply, shown: Shown | undefined): void {
  if (shown !== undefined) reply.headers(rateLimitHeaders(shown))
}

function exceeded({ name, allowed, reset }: Shown): Refusal {
  return new Refusal(
    'too.many.requests',
    'Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds',
    { seconds: String(reset) },
    { retryAfter: reset, limit: { key: name, namespace: NAMESPACE, value: allowed } },
  )
}
