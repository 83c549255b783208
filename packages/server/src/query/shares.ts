import { Refusal } from '../domain/refusal.ts'

export interface ShareLimits {
  /** Executions of one organization that may wait for their turn. */
  readonly maxQueuedPerOrganization: number
  /** Bytes that the kept results of one organization may take on disk, compressed. */
  readonly maxKeptBytesPerOrganization: number
}

/** An attempt's part of its organization's disk, given up when it is disposed. */
export interface Claim extends Disposable {
  /** @throws NoRoom when the organization's share would be passed. */
  add(bytes: number): void
  /** What was claimed is kept from now on. */
  keep(): void
}

/** The organization's kept results leave no room for this one; another attempt would not find more. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom'
}

/** Seconds after which waiting executions have probably moved on, and kept results may have expired. */
const QUEUE_RETRY_SECONDS = 10
const KEPT_RETRY_SECONDS = 60

/** What each organization has of what all share: places in the queue, and disk for kept results (decisions.md 14). */
export class Shares {
  readonly #limits: ShareLimits
  readonly #arriving = new Map<string, number>()
  readonly #claimed = new Map<string, number>()
  #kept = new Map<string, number>()

  constructor(limits: ShareLimits) {
    this.#limits = limits
  }

  /**
   * Holds a place for a submission that is on its way to disk, until the returned function is called.
   * @param waiting how many of this organization's executions are in the queue.
   * @throws Refusal too.many.requests when the organization's share is used up.
   */
  arrive(organizationId: string, waiting: number): () => void {
    const { maxQueuedPerOrganization: places, maxKeptBytesPerOrganization: bytes } = this.#limits
    if (waiting + (this.#arriving.get(organizationId) ?? 0) >= places) {
      throw tooMany('Your organization has [{limit}] usage queries waiting', places, QUEUE_RETRY_SECONDS)
    }
    if ((this.#kept.get(organizationId) ?? 0) >= bytes) {
      throw tooMany('The kept results of your organization take [{limit}] bytes', bytes, KEPT_RETRY_SECONDS)
    }
    add(this.#arriving, organizationId, 1)
    return () => add(this.#arriving, organizationId, -1)
  }

  /** Begins to take disk for a result of this organization. */
  claim(organizationId: string): Claim {
    let claimed = 0
    const giveUp = () => {
      add(this.#claimed, organizationId, -claimed)
      claimed = 0
    }
    return {
      add: (bytes) => {
        const taken = (this.#kept.get(organizationId) ?? 0) + (this.#claimed.get(organizationId) ?? 0)
        const limit = this.#limits.maxKeptBytesPerOrganization
        if (taken + bytes > limit) throw new NoRoom(`the organization's results would take more than ${limit} bytes`)
        add(this.#claimed, organizationId, bytes)
        claimed += bytes
      },
      [Symbol.dispose]: giveUp,
      keep: () => {
        add(this.#kept, organizationId, claimed)
        giveUp()
      },
    }
  }

  /** A kept result is gone. */
  free(organizationId: string, bytes: number): void {
    add(this.#kept, organizationId, -Math.min(bytes, this.#kept.get(organizationId) ?? 0))
  }

  /**
   * Takes the bytes of kept results as the metadata has them, after some were deleted. One that was completed while they
   * were summed may be counted twice or not at all until the next time.
   */
  recount(kept: Map<string, number>): void {
    this.#kept = kept
  }
}

function add(counts: Map<string, number>, organizationId: string, more: number): void {
  const sum = (counts.get(organizationId) ?? 0) + more
  if (sum === 0) counts.delete(organizationId)
  else counts.set(organizationId, sum)
}

function tooMany(what: string, limit: number, seconds: number): Refusal {
  const template = `${what}, which is the maximum. Retry the request in [{seconds}] seconds`
  return new Refusal(
    'too.many.requests',
    template,
    { limit: String(limit), seconds: String(seconds) },
    { retryAfter: seconds },
  )
}
