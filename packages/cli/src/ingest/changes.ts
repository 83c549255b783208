import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

/** Files are looked at so often even when nothing is heard of them: not every file system tells of changes. */
const SLOW_POLL_MS = 1_000
/** A busy log changes all the time: what comes within this makes one body. */
const GATHER_MS = 100

/** Says when it is worth looking at a file again. */
export class Changes implements Disposable {
  readonly #watcher: FSWatcher | undefined
  #changed = false
  #wake = () => {}

  constructor(path: string) {
    try {
      // The folder tells of the file that takes another's name, too.
      this.#watcher = watch(dirname(path), { persistent: false }, () => this.#onChange())
      this.#watcher.on('error', () => {})
    } catch {
      // Without it there is the poll.
    }
  }

  [Symbol.dispose](): void {
    this.#watcher?.close()
  }

  /** Resolves when something may have changed, or the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    await sleep(GATHER_MS, signal)
    if (!this.#changed && !signal.aborted) {
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      await Promise.race([woken.promise, sleep(SLOW_POLL_MS - GATHER_MS, signal)])
    }
    this.#changed = false
  }

  #onChange(): void {
    this.#changed = true
    this.#wake()
  }
}

/** Resolves after so long, or when the signal aborts. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
