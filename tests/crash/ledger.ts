import type { Call } from './traffic.ts'

/** [requests, 2xx, 3xx, 4xx, 5xx, 429] */
export type Counts = readonly number[]
export const COUNTS = ['requests', 'status200', 'status300', 'status400', 'status500', 'status429'] as const

type KeyOf = (call: Call) => string

const dayOf = (call: Call) => new Date(call.time).toISOString().slice(0, 10)

/** By what the calls are counted; a key names the parts in the order in which the server's rows are read. */
export const KEYS = {
  client: (call) => call.clientId,
  dayAndClient: (call) => `${dayOf(call)} ${call.clientId}`,
  templateAndMethod: (call) => `${call.templateUri} ${call.httpMethod}`,
  monthAndUser: (call) => `${dayOf(call).slice(0, 7)} ${call.userId}`,
  dayAndTemplate: (call) => `${dayOf(call)} ${call.templateUri}`,
} as const satisfies Record<string, KeyOf>
export type KeyName = keyof typeof KEYS

/** The independent count: plain maps of what was sent, each event once. */
export class Ledger {
  #events = 0
  readonly #counts = new Map<string, Map<string, number[]>>()

  /** Events that the server must have, in all organizations. */
  get events(): number {
    return this.#events
  }

  add(calls: readonly Call[]): void {
    this.#events += calls.length
    for (const call of calls) {
      for (const [name, keyOf] of Object.entries(KEYS)) this.#add(`${name} ${call.organizationId}`, keyOf(call), call)
    }
  }

  /** An organization's usage is past retention. */
  forget(organizationId: string): void {
    this.#events -= [...this.of('client', organizationId).values()].reduce((sum, [requests = 0]) => sum + requests, 0)
    for (const name of Object.keys(KEYS)) this.#counts.delete(`${name} ${organizationId}`)
  }

  of(name: KeyName, organizationId: string): ReadonlyMap<string, Counts> {
    return this.#counts.get(`${name} ${organizationId}`) ?? new Map()
  }

  #add(table: string, key: string, { status }: Call): void {
    const counts = this.#counts.get(table) ?? new Map<string, number[]>()
    this.#counts.set(table, counts)
    const row = counts.get(key) ?? COUNTS.map(() => 0)
    counts.set(key, row)
    const digit = Math.floor(status / 100)
    const raised = [true, digit === 2, digit === 3, digit === 4, digit === 5, status === 429]
    for (const [index, isRaised] of raised.entries()) row[index] = (row[index] ?? 0) + (isRaised ? 1 : 0)
  }
}
