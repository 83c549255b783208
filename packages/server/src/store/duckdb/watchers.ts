import type { Log } from '../../domain/log.ts'
import type { CountedCalls, UsageWatcher } from '../usage-store.ts'

/** Who wants to know what is counted, by organization. A watcher that fails is let go: it must not fail a commit. */
export class Watchers {
  readonly #log: Log
  readonly #byOrganization = new Map<string, Set<UsageWatcher>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns ends it. */
  add(organizationId: string, watcher: UsageWatcher): () => void {
    const watchers = this.#byOrganization.get(organizationId) ?? new Set()
    this.#byOrganization.set(organizationId, watchers)
    watchers.add(watcher)
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#byOrganization.get(organizationId) === watchers) {
        this.#byOrganization.delete(organizationId)
      }
    }
  }

  /** @param calls worked out only where somebody watches. */
  counted(organizationId: string, calls: () => readonly CountedCalls[]): void {
    const watchers = this.#byOrganization.get(organizationId)
    if (watchers === undefined) return
    this.#tell(watchers, (watcher, told) => watcher.counted(told), calls)
  }

  recounted(organizationId: string): void {
    const watchers = this.#byOrganization.get(organizationId)
    if (watchers === undefined) return
    this.#tell(
      watchers,
      (watcher) => watcher.recounted(),
      () => undefined,
    )
  }

  #tell<Told>(watchers: Set<UsageWatcher>, tell: (watcher: UsageWatcher, told: Told) => void, work: () => Told): void {
    try {
      const told = work()
      for (const watcher of [...watchers]) tell(watcher, told)
    } catch (err) {
      this.#log.error({ err }, 'what was counted could not be told to those who watch; it is counted all the same')
      watchers.clear()
    }
  }
}
