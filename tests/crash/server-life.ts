import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { accessToken, clientId, clientSecret, readyUrl, spawnRoutemeter } from '../running-server.ts'

const CLOCK = join(import.meta.dirname, 'shifted-clock.js')

export interface Up {
  readonly url: string
  /** The platform administrator's. */
  readonly token: string
}

export interface LifeOptions {
  readonly data: string
  readonly clockShiftMs: number
  readonly retentionMonths: number
}

/** One process of the server, from its start to its death. */
export class ServerLife {
  /** What it logged as errors. */
  readonly errors: string[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #url: Promise<string>
  #said = ''
  #isToEnd = false

  constructor({ data, clockShiftMs, retentionMonths }: LifeOptions) {
    const settings = {
      upkeepSeconds: 1,
      retentionMonths,
      rateLimitPerMinute: 0,
      resultHours: 72,
      maxKeptResultMb: 100_000,
    }
    this.#child = spawnRoutemeter(data, {
      args: Object.entries(settings).map(([name, value]) => `--${kebab(name)}=${value}`),
      env: { NODE_OPTIONS: `--import ${CLOCK}`, CLOCK_SHIFT_MS: String(clockShiftMs), ROUTEMETER_LOG_LEVEL: 'error' },
      errors: 'pipe',
    })
    this.#exited = once(this.#child, 'close')
    this.#child.stderr?.on('data', (text) => {
      this.#said += text
    })
    this.#url = readyUrl(this.#child)
    this.#url.catch(() => undefined)
  }

  /** @throws with what it said when it ends before it is ready. */
  async ready(): Promise<Up> {
    try {
      const url = await this.#url
      return { url, token: await accessToken(url, clientId, clientSecret) }
    } catch (cause) {
      const { exitCode, signalCode } = this.#child
      await this.kill()
      const end = `exit code ${exitCode}, signal ${signalCode}`
      throw new Error(`the server did not start (${end}): ${this.errors.join('\n')}`, { cause })
    }
  }

  /** @param tell called with how the process ended, when nobody had asked it to. */
  whenEndedByItself(tell: (end: string) => void): void {
    this.#child.once('close', (code, signal) => {
      if (!this.#isToEnd) tell(`exit code ${code}, signal ${signal}: ${this.#said}`)
    })
  }

  terminate(): void {
    this.#isToEnd = true
    this.#child.kill('SIGTERM')
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isToEnd = true
    this.#child.kill('SIGKILL')
    await this.ended()
  }

  /** @returns its exit code; null after a kill. */
  async ended(): Promise<number | null> {
    await this.#exited
    this.errors.push(...this.#said.split('\n').filter((line) => line !== ''))
    this.#said = ''
    return this.#child.exitCode
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
