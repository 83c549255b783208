import { result, submit } from './platform.ts'
import type { Up } from './server-life.ts'

interface Execution {
  readonly resultsUri: string
  /** What it answered, once it had. */
  answer: string | undefined
  kills: number
}

/** Attempts that an execution has (decisions.md 14). */
const ATTEMPTS = 2

/** Queries that were submitted while the server was being killed: none may be lost, and what one answered stays so. */
export class Asked {
  readonly faults: string[] = []
  #submitted: Execution[] = []
  asked = 0

  /** Submits one, and reads the one before it; a server that is killed meanwhile is no fault. */
  async ask(up: Up, interval: string): Promise<void> {
    try {
      const before = this.#submitted.at(-1)
      const resultsUri = await submit(up, up.token, '/api/v2/usage/query', { interval, granularity: 'Day' })
      this.#submitted.push({ resultsUri, answer: undefined, kills: 0 })
      this.asked++
      if (before !== undefined && before.answer === undefined) await this.#read(up, before)
    } catch {
      // It had no answer, so nothing was promised.
    }
  }

  killed(): void {
    for (const execution of this.#submitted) execution.kills++
  }

  /** Reads all that were promised; from then on they are forgotten. */
  async check(up: Up): Promise<void> {
    for (const execution of this.#submitted) await this.#read(up, execution)
    this.#submitted = []
  }

  async #read(up: Up, execution: Execution): Promise<void> {
    const { state, rows } = await result(up, up.token, execution.resultsUri)
    if (state !== 'Complete') {
      if (state === 'Failed' && execution.kills >= ATTEMPTS) return
      this.faults.push(`${execution.resultsUri} was promised and is ${state}, after ${execution.kills} kills`)
    }
    const answer = JSON.stringify(rows)
    if (execution.answer !== undefined && execution.answer !== answer) {
      this.faults.push(`${execution.resultsUri} answers otherwise than before the kill`)
    }
    execution.answer = answer
  }
}
