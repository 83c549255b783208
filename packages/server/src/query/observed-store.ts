import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'
import type { QueryOptions, UsageResult, UsageStore } from '../store/usage-store.ts'

/** For tests: a real store whose queries can be held, made to fail and counted. Everything else goes straight to it. */
export class ObservedStore implements Pick<UsageStore, 'query'> {
  readonly #store: UsageStore
  /** What was asked, in the order in which it began. */
  readonly asked: { readonly scope: Scope; readonly query: UsageQuery; readonly options: QueryOptions }[] = []
  running = 0
  mostRunning = 0
  /** Each query takes the next one: thrown before there is an answer. */
  readonly failures: Error[] = []
  /** Called before each chunk of an answer, with how many rows went before it. */
  beforeChunk: (rows: number) => void | Promise<void> = () => {}
  #held: PromiseWithResolvers<void> | undefined
  readonly #awaited: { readonly running: number; readonly resolve: () => void }[] = []

  constructor(store: UsageStore) {
    this.#store = store
  }

  /** From now on queries wait; aborting one ends its wait. */
  hold(): void {
    this.#held ??= Promise.withResolvers()
  }

  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Resolves when so many queries run. */
  whenRunning(running: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.running >= running) resolve()
    else this.#awaited.push({ running, resolve })
    return promise
  }

  async query(scope: Scope, query: UsageQuery, options: QueryOptions = {}): Promise<UsageResult> {
    this.asked.push({ scope, query, options })
    this.running += 1
    this.mostRunning = Math.max(this.mostRunning, this.running)
    for (const { running, resolve } of this.#awaited) if (this.running >= running) resolve()
    try {
      if (this.#held !== undefined) await Promise.race([this.#held.promise, whenAborted(options.signal)])
      const failure = this.failures.shift()
      if (failure !== undefined) throw failure
      const result = await this.#store.query(scope, query, options)
      return { ...result, chunks: this.#watched(result.chunks) }
    } catch (error) {
      this.running -= 1
      throw error
    }
  }

  async *#watched(chunks: UsageResult['chunks']): UsageResult['chunks'] {
    let rows = 0
    try {
      for await (const chunk of chunks) {
        await this.beforeChunk(rows)
        yield chunk
        rows += chunk.length
      }
    } finally {
      this.running -= 1
    }
  }
}

function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
