/** The executions that wait or run, and who waits for their ends. */
export class Pending {
  readonly #whenEnded = new Map<string, Set<() => void>>()

  begin(id: string): void {
    if (!this.#whenEnded.has(id)) this.#whenEnded.set(id, new Set())
  }

  end(id: string): void {
    for (const resolve of this.#whenEnded.get(id) ?? []) resolve()
    this.#whenEnded.delete(id)
  }

  /** Resolves when an execution has ended, and after so many milliseconds at the latest. */
  async wait(id: string, milliseconds: number): Promise<void> {
    const waiting = this.#whenEnded.get(id)
    if (waiting === undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    waiting.add(resolve)
    await promise
    waiting.delete(resolve)
    clearTimeout(timer)
  }
}
