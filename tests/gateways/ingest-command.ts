import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const launcher = join(import.meta.dirname, '../../packages/cli/bin/routemeter.js')

/** What `routemeter ingest --json` prints at its end. */
export interface Summary {
  readonly read: number
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
}

export interface IngestAccess {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
}

/** `routemeter ingest` as a process of its own. */
export class IngestCommand {
  readonly #process: ChildProcess
  readonly #output: Promise<string>
  readonly #errors: Promise<string>

  constructor(access: IngestAccess, args: readonly string[]) {
    const { url, clientId, clientSecret } = access
    this.#process = spawn(process.execPath, [launcher, 'ingest', '--json', ...args], {
      env: {
        ...process.env,
        ROUTEMETER_URL: url,
        ROUTEMETER_CLIENT_ID: clientId,
        ROUTEMETER_CLIENT_SECRET: clientSecret,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (this.#process.stdout === null || this.#process.stderr === null) throw new Error('it has no output')
    this.#output = text(this.#process.stdout)
    this.#errors = text(this.#process.stderr)
  }

  /** The summary, when it has ended by itself. @throws with what it wrote when it fails. */
  async summary(): Promise<Summary> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
    if (this.#process.exitCode !== 0) {
      throw new Error(`routemeter ingest ended with ${this.#process.exitCode}: ${await this.#errors}`)
    }
    return JSON.parse(await this.#output) as Summary
  }

  /** As `summary`, of one that follows: what it has read arrives first. */
  stop(): Promise<Summary> {
    this.#process.kill('SIGTERM')
    return this.summary()
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}
