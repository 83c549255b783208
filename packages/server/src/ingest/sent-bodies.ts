import { createHash } from 'node:crypto'
import { MINUTE_MS } from '../domain/bucket.ts'
import type { Body } from './body-reader.ts'
import type { PositionIds } from './sources/source.ts'

/** So long a body that comes again byte for byte is a resend (sources.md, "Decided"). */
const RESEND_MS = 10 * MINUTE_MS
/** About 30 MB; past it the bodies that were first seen the longest ago are forgotten. */
const MOST_BODIES = 200_000

/**
 * Gives bodies what their events' ids are made of (decisions.md 2): the sender's Idempotency-Key, which holds for as long
 * as ids are remembered; without one the body itself and when it was first seen, so that it is recognized for ten
 * minutes. First sights of one body lie ten minutes apart or more and so in different windows of ten minutes: counting
 * windows tells them apart, and a server that was started anew gives the same ids within a window.
 */
export class SentBodies {
  readonly #now: () => number
  /** When a body was first seen, in that order. */
  readonly #seen = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  idsOf(body: Pick<Body, 'source' | 'bytes' | 'sender'>, idempotencyKey?: string): PositionIds {
    const { organizationId } = body.sender
    if (idempotencyKey !== undefined && idempotencyKey !== '') {
      const base = digest([organizationId, body.source, idempotencyKey])
      return { ofOne: base, ofMany: base }
    }
    const key = digest([organizationId, body.source], body.bytes)
    return { ofOne: undefined, ofMany: `${key}:${Math.floor(this.#firstSeen(key) / RESEND_MS)}` }
  }

  #firstSeen(key: string): number {
    const now = this.#now()
    const first = this.#seen.get(key)
    if (first !== undefined && now - first < RESEND_MS) return first
    this.#seen.delete(key)
    this.#seen.set(key, now)
    this.#forget(now)
    return now
  }

  #forget(now: number): void {
    for (const [key, first] of this.#seen) {
      if (this.#seen.size <= MOST_BODIES && now - first < RESEND_MS) return
      this.#seen.delete(key)
    }
  }
}

/** 144 bits; the parts are told apart. */
function digest(texts: readonly string[], bytes: Uint8Array = new Uint8Array()): string {
  return createHash('sha256').update(JSON.stringify(texts)).update(bytes).digest('base64url').slice(0, 24)
}
