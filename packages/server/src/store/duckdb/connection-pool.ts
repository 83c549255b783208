import type { DuckDBConnection } from '@duckdb/node-api'
import { StoreUnavailable } from '../usage-store.ts'

/**
 * Connections for reading, so that queries run beside each other and beside the commits. Each works on one of libuv's
 * four threads while it executes, and so do commits and the file system: more readers than that would hold up commits.
 */
export class ConnectionPool {
  readonly #connect: () => Promise<DuckDBConnection>
  readonly #size: number
  readonly #asCallersSee: (error: unknown) => unknown
  readonly #idle: DuckDBConnection[] = []
  readonly #leased = new Map<DuckDBConnection, () => void>()
  readonly #waiting: (() => void)[] = []
  #taken = 0
  #isClosed = false
  #drained: (() => void) | undefined

  /** @param asCallersSee told every failure of a connection that is out, says what its user is to get. */
  constructor(connect: () => Promise<DuckDBConnection>, size: number, asCallersSee: (error: unknown) => unknown) {
    this.#connect = connect
    this.#size = size
    this.#asCallersSee = asCallersSee
  }

  /**
   * A connection, when one is free; it must be given back.
   * @param onClose called when the pool closes, to give it back early.
   * @throws StoreUnavailable when the pool is closed, the signal's reason when it is aborted first.
   */
  async lease(onClose: () => void, signal?: AbortSignal): Promise<DuckDBConnection> {
    await this.#turn(signal)
    try {
      const connection = this.#idle.pop() ?? (await this.#connect())
      this.#leased.set(connection, onClose)
      if (this.#isClosed) onClose()
      return connection
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  failure(error: unknown): unknown {
    return this.#asCallersSee(error)
  }

  giveBack(connection: DuckDBConnection): void {
    this.#leased.delete(connection)
    if (this.#isClosed) connection.disconnectSync()
    else this.#idle.push(connection)
    this.#leave()
  }

  /** For a connection that cannot be used again. */
  discard(connection: DuckDBConnection): void {
    this.#leased.delete(connection)
    connection.disconnectSync()
    this.#leave()
  }

  /** Refuses new leases, asks for the ones that are out, and closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake()
    for (const onClose of this.#leased.values()) onClose()
    for (const connection of this.#idle.splice(0)) connection.disconnectSync()
    if (this.#taken > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    while (this.#taken >= this.#size && !this.#isClosed) await this.#untilWoken(signal)
    if (this.#isClosed) throw new StoreUnavailable('The store is closing.')
    this.#taken++
  }

  #untilWoken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1)
        reject(signal?.reason)
      }
      this.#waiting.push(wake)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  #leave(): void {
    this.#taken--
    this.#waiting.shift()?.()
    if (this.#isClosed && this.#taken === 0) this.#drained?.()
  }
}
