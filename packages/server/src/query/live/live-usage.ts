import { Refusal } from '../../domain/refusal.ts'
import type { UsageStore } from '../../store/usage-store.ts'
import { CommitRing } from './commit-ring.ts'
import { LiveReader } from './live-reader.ts'

export interface LiveUsageOptions {
  readonly store: Pick<UsageStore, 'watch'>
  readonly now: () => number
  /** Readers of one organization at once. */
  readonly mostReaders: number
  /** How long commits are remembered after the last reader went, in milliseconds: who comes back goes on. */
  readonly rememberMs?: number
  /** Counted rows that are held, about 200 bytes each: of an organization, and of all together. */
  readonly mostRows?: number
  readonly mostRowsOfAll?: number
}

const REMEMBER_MS = 120_000
const MOST_ROWS = 20_000
const MOST_ROWS_OF_ALL = 500_000
const MOST_COMMITS = 10_000
const RETRY_SECONDS = 10

interface Feed {
  readonly ring: CommitRing
  readonly readers: Set<LiveReader>
  readonly unwatch: () => void
  forgetting: NodeJS.Timeout | undefined
}

/**
 * What commits count, for readers who watch (api.md §4). An organization is watched from its first reader on until some
 * time after its last; while nobody reads, commits know nothing of this.
 */
export class LiveUsage {
  readonly #options: LiveUsageOptions
  readonly #feeds = new Map<string, Feed>()
  #isClosed = false

  constructor(options: LiveUsageOptions) {
    this.#options = options
  }

  /**
   * @param place where the reader was when it was here before.
   * @throws Refusal too.many.requests past the organization's most readers, service.unavailable when closed.
   */
  open(organizationId: string, place?: string): LiveReader {
    if (this.#isClosed) throw new Refusal('service.unavailable', 'The server is stopping.')
    const feed = this.#feeds.get(organizationId) ?? this.#watch(organizationId)
    const { mostReaders } = this.#options
    if (feed.readers.size >= mostReaders) {
      throw new Refusal(
        'too.many.requests',
        'Your organization has {most} live streams open already. Close one, or retry in [{seconds}] seconds',
        { most: String(mostReaders), seconds: String(RETRY_SECONDS) },
        {
          retryAfter: RETRY_SECONDS,
          limit: { key: 'live.streams.per.organization', namespace: 'routemeter', value: mostReaders },
        },
      )
    }
    clearTimeout(feed.forgetting)
    const reader: LiveReader = new LiveReader(feed.ring, place, () => this.#leave(organizationId, feed, reader))
    feed.readers.add(reader)
    return reader
  }

  /** Ends all reading; nobody can begin any more. */
  close(): void {
    this.#isClosed = true
    for (const [organizationId, feed] of this.#feeds) {
      for (const reader of [...feed.readers]) reader.onEnd()
      this.#forget(organizationId, feed)
    }
  }

  #watch(organizationId: string): Feed {
    const { store, now, mostRows = MOST_ROWS } = this.#options
    const ring = new CommitRing({ mostRows, mostCommits: MOST_COMMITS })
    const readers = new Set<LiveReader>()
    const add = (calls: Parameters<CommitRing['add']>[1]) => {
      ring.add(now(), calls)
      this.#forgetOldest()
      for (const reader of readers) reader.onMore()
    }
    const unwatch = store.watch(organizationId, { counted: add, recounted: () => add(undefined) })
    const feed: Feed = { ring, readers, unwatch, forgetting: undefined }
    this.#feeds.set(organizationId, feed)
    return feed
  }

  #leave(organizationId: string, feed: Feed, reader: LiveReader): void {
    if (!feed.readers.delete(reader) || feed.readers.size > 0) return
    clearTimeout(feed.forgetting)
    feed.forgetting = setTimeout(() => this.#forget(organizationId, feed), this.#options.rememberMs ?? REMEMBER_MS)
    feed.forgetting.unref()
  }

  #forget(organizationId: string, feed: Feed): void {
    clearTimeout(feed.forgetting)
    feed.unwatch()
    if (this.#feeds.get(organizationId) === feed) this.#feeds.delete(organizationId)
  }

  /** Who has most gives first, so that one organization's traffic takes nothing from the others. */
  #forgetOldest(): void {
    const rings = [...this.#feeds.values()].map(({ ring }) => ring)
    let rows = rings.reduce((sum, ring) => sum + ring.rows, 0)
    while (rows > (this.#options.mostRowsOfAll ?? MOST_ROWS_OF_ALL)) {
      const largest = rings.reduce((one, other) => (other.rows > one.rows ? other : one))
      const before = largest.rows
      if (!largest.forgetOldest()) return
      rows -= before - largest.rows
    }
  }
}
