import {
  type BatchOrganization,
  type EventBatch,
  type EventColumns,
  emptyColumns,
  grownColumns,
  IDENTITY_WORDS,
  type OptionalColumn,
  type TextColumn,
} from '../domain/event-batch.ts'
import type { TextNumbers } from '../domain/text-numbers.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { Weight } from '../domain/weight.ts'
import type { AsciiText, IdentityHash } from './event-identity.ts'

/** An event as it goes into a batch: its organization is told by its index. */
export type BatchedEvent = Omit<UsageEvent, 'organizationId' | 'fromPlatform'>

/** An event whose texts are numbers, and whose missing numbers are NaN, as in the columns. */
export type NumberedEvent = Readonly<
  Record<Exclude<TextColumn, 'templateUri'> | OptionalColumn | 'time' | 'status', number>
>

/** Puts events into columns, hashing what identifies them. */
export class EventBatchBuilder {
  readonly #texts: TextNumbers
  readonly #hash: IdentityHash
  readonly #organizations: BatchOrganization[] = []
  readonly #weights = new Map<number, Weight>()
  #columns: EventColumns
  #capacity: number
  #count = 0

  /** @param expected how many events will come, about. */
  constructor(texts: TextNumbers, hash: IdentityHash, expected: number) {
    this.#texts = texts
    this.#hash = hash
    this.#capacity = Math.max(16, Math.ceil(expected))
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
    const texts = this.#texts
    const numbered = {
      time: event.time,
      status: event.status,
      clientId: texts.numberOf(event.clientId),
      clientName: texts.numberOf(event.clientName),
      userId: texts.numberOf(event.userId),
      httpMethod: texts.numberOf(event.httpMethod),
      platform: texts.numberOf(event.platform),
      durationMicros: event.durationMicros ?? Number.NaN,
      requestBytes: event.requestBytes ?? Number.NaN,
      responseBytes: event.responseBytes ?? Number.NaN,
    }
    const at = this.#add(numbered, event.templateUri, organization)
    if (event.weight !== undefined) this.#weights.set(at, event.weight)
    if (event.id === undefined) return
    const { identity } = this.#columns
    this.#hash.write(identity, at * IDENTITY_WORDS, this.#numberOf(organization), event.time, event.id)
  }

  /**
   * Adds an event whose texts have numbers already.
   * @param id where its id stands; nowhere when it has none.
   */
  addNumbered(event: NumberedEvent, id: AsciiText, templateUri: string, organization: number): void {
    const at = this.#add(event, templateUri, organization) * IDENTITY_WORDS
    if (id.start === id.end) return
    this.#hash.writeAscii(this.#columns.identity, at, this.#numberOf(organization), event.time, id)
  }

  #numberOf(organization: number): number {
    return this.#organizations[organization]?.number ?? 0
  }

  #add(event: NumberedEvent, templateUri: string, organization: number): number {
    if (this.#count >= this.#capacity) this.#grow()
    const at = this.#count++
    const columns = this.#columns
    columns.organization[at] = organization
    columns.time[at] = event.time
    columns.clientId[at] = event.clientId
    columns.clientName[at] = event.clientName
    columns.userId[at] = event.userId
    columns.httpMethod[at] = event.httpMethod
    columns.templateUri[at] = this.#texts.numberOf(templateUri)
    columns.platform[at] = event.platform
    columns.status[at] = event.status
    columns.durationMicros[at] = event.durationMicros
    columns.requestBytes[at] = event.requestBytes
    columns.responseBytes[at] = event.responseBytes
    return at
  }

  /** The batch; the builder is not to be used afterwards. */
  finish(fromPlatform: boolean): EventBatch {
    return {
      count: this.#count,
      organizations: this.#organizations,
      texts: this.#texts.texts,
      columns: this.#columns,
      weights: this.#weights,
      fromPlatform,
    }
  }

  #grow(): void {
    this.#capacity *= 2
    this.#columns = grownColumns(this.#columns, this.#capacity)
  }
}
