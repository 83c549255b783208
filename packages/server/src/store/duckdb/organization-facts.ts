import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import type { EventBatch } from '../../domain/event-batch.ts'
import { UNCAPPED } from './columns.ts'
import type { GivenName, OrganizationMemory } from './organizations.ts'

/** What a commit learns of one organization beside the counts. It is part of the memory only once it is on disk. */
export class OrganizationFacts {
  readonly organization: OrganizationMemory
  /** Names that go before the known ones, by the client's id. */
  readonly names = new Map<number, GivenName>()
  /** Clients that the platform reports here for the first time (decisions.md 15). */
  readonly authorized = new Set<number>()
  newest = Number.NEGATIVE_INFINITY

  constructor(organization: OrganizationMemory) {
    this.organization = organization
  }

  /** False when all of the organization's events were duplicates, and no client was authorized. */
  get hasChanged(): boolean {
    return this.newest !== Number.NEGATIVE_INFINITY || this.authorized.size > 0
  }

  /** @param client the id that the event's client was counted under. */
  add({ columns, texts, fromPlatform }: EventBatch, event: number, client: number): void {
    const time = columns.time[event] ?? 0
    this.newest = Math.max(this.newest, time)
    const clientName = columns.clientName[event] ?? 0
    if (client === 0 || (clientName === 0 && !fromPlatform)) return
    // Clients past the cap share an id, so nothing can be said of one of them.
    const clientId = texts[columns.clientId[event] ?? 0] ?? ''
    if (UNCAPPED.has(clientId) || !this.organization.dictionaries.clientId.has(clientId)) return
    if (clientName !== 0) this.#addName(client, (texts[clientName] ?? '').toWellFormed(), time)
    if (fromPlatform && !this.organization.authorized.has(client)) this.authorized.add(client)
  }

  /** The platform's own word (decisions.md 15): it gets the client an id even when the organization's cap is reached. */
  authorize(clientId: string): void {
    const client = this.organization.dictionaries.clientId.reserve(clientId)
    if (!this.organization.authorized.has(client)) this.authorized.add(client)
  }

  settle(): void {
    const { organization } = this
    if (!this.hasChanged) return
    for (const dimension of INTERNED_DIMENSIONS) organization.dictionaries[dimension].keep()
    for (const [client, name] of this.names) organization.names.set(client, name)
    for (const client of this.authorized) organization.authorized.add(client)
    organization.newest = Math.max(organization.newest, this.newest)
  }

  undo(): void {
    for (const dimension of INTERNED_DIMENSIONS) this.organization.dictionaries[dimension].forget()
  }

  #addName(client: number, name: string, time: number): void {
    const before = this.names.get(client) ?? this.organization.names.get(client)
    if (before === undefined || goesBefore(name, time, before)) this.names.set(client, { name, time })
  }
}

/** The latest name counts, of two at one time the greatest by code point (decisions.md 13). */
function goesBefore(name: string, time: number, other: GivenName): boolean {
  if (time !== other.time) return time > other.time
  return name !== other.name && Buffer.compare(Buffer.from(name), Buffer.from(other.name)) > 0
}
