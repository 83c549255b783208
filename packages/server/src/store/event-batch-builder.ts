import {
  type BatchOrganization,
  type EventBatch,
  type EventColumns,
  emptyColumns,
  grownColumns,
  IDENTITY_WORDS,
  type TextNumbers,
} from '../domain/event-batch.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { IdentityHash } from './event-identity.ts'

/** An event as it goes into a batch: its organization is told by its index. */
export type BatchedEvent = Omit<UsageEvent, 'organizationId' | 'fromPlatform'>

/** Puts events into columns, hashing what identifies them. */
export class EventBatchBuilder {
  readonly #texts: TextNumbers
  readonly #hash: IdentityHash
  readonly #organizations: BatchOrganization[] = []
  #columns: EventColumns
  #capacity: number
  #count = 0

  /** @param expected how many events will come, about. */
  constructor(texts: TextNumbers, hash: IdentityHash, expected: number) {
    this.#texts = texts
    this.#hash = hash
    this.#capacity = Math.max(16, expected)
    this.#columns = emptyColumns(this.#capacity)
  }

  get count(): number {
    return this.#count
  }

  /** @returns the index by which events name it. */
  addOrganization(organization: BatchOrganization): number {
    return this.#organizations.push(organization) - 1
  }

  add(event: BatchedEvent, organization: number): void {
    if (this.#count === this.#capacity) this.#grow()
    const at = this.#count++
    const columns = this.#columns
    const texts = this.#texts
    columns.organization[at] = organization
    columns.time[at] = event.time
    columns.clientId[at] = texts.numberOf(event.clientId)
    columns.clientName[at] = texts.numberOf(event.clientName)
    columns.userId[at] = texts.numberOf(event.userId)
    columns.httpMethod[at] = texts.numberOf(event.httpMethod)
    columns.templateUri[at] = texts.numberOf(event.templateUri)
    columns.platform[at] = texts.numberOf(event.platform)
    columns.status[at] = event.status
    columns.durationMicros[at] = event.durationMicros ?? Number.NaN
    columns.requestBytes[at] = event.requestBytes ?? Number.NaN
    columns.responseBytes[at] = event.responseBytes ?? Number.NaN
    if (event.id === undefined) return
    const number = this.#organizations[organization]?.number ?? 0
    this.#hash.write(columns.identity, at * IDENTITY_WORDS, number, event.time, event.id)
  }

  /** The batch; the builder is not to be used afterwards. */
  finish(fromPlatform: boolean): EventBatch {
    return {
      count: this.#count,
      organizations: this.#organizations,
      texts: this.#texts.texts,
      columns: this.#columns,
      fromPlatform,
    }
  }

  #grow(): void {
    this.#capacity *= 2
    this.#columns = grownColumns(this.#columns, this.#capacity)
  }
}
