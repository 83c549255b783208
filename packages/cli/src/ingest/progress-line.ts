import { formatBytes, formatCount, formatDuration } from './words.ts'

const REDRAW_MS = 500
/** The rate that is shown is that of the last few seconds. */
const WINDOW = 10

export interface ProgressState {
  readonly read: number
  readonly bytes: number
  /** Undefined where nobody knows how much there is. */
  readonly totalBytes: number | undefined
}

/** One line on a terminal that says how far it is; nothing elsewhere. */
export class ProgressLine implements Disposable {
  readonly #stream: NodeJS.WriteStream
  readonly #state: () => ProgressState
  readonly #timer: NodeJS.Timeout | undefined
  readonly #samples: { readonly at: number; readonly read: number; readonly bytes: number }[] = []
  #isShown = false

  constructor(stream: NodeJS.WriteStream, state: () => ProgressState) {
    this.#stream = stream
    this.#state = state
    if (stream.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#clear()
  }

  /** Writes a line that stays. */
  tell(message: string): void {
    this.#clear()
    this.#stream.write(`${message}\n`)
  }

  #draw(): void {
    const state = this.#state()
    this.#samples.push({ at: performance.now(), read: state.read, bytes: state.bytes })
    if (this.#samples.length > WINDOW) this.#samples.shift()
    const text = progressText(state, this.#samples)
    this.#stream.write(`\r\u001b[K${text.slice(0, this.#stream.columns - 1)}`)
    this.#isShown = true
  }

  #clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K')
    this.#isShown = false
  }
}

/** `1,234,567 calls, 212,000/s, 43 % of 1.2 GB, 12 s left`. */
export function progressText(
  { read, bytes, totalBytes }: ProgressState,
  samples: readonly { readonly at: number; readonly read: number; readonly bytes: number }[],
): string {
  const [first, last] = [samples[0], samples.at(-1)]
  const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000
  const parts = [`${formatCount(read)} calls`]
  if (first !== undefined && seconds > 0) parts.push(`${formatCount(Math.round((read - first.read) / seconds))}/s`)
  if (totalBytes === undefined || totalBytes === 0) return parts.join(', ')
  parts.push(`${Math.floor((100 * bytes) / totalBytes)} % of ${formatBytes(totalBytes)}`)
  const rate = first === undefined || seconds === 0 ? 0 : (bytes - first.bytes) / seconds
  if (rate > 0) parts.push(`${formatDuration((totalBytes - bytes) / rate)} left`)
  return parts.join(', ')
}
