import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { UNCAPPED } from './columns.ts'
import type { GivenName, OrganizationMemory, Organizations } from './organizations.ts'

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
  add(event: UsageEvent, client: number): void {
    this.newest = Math.max(this.newest, event.time)
    if (client === 0 || (event.clientName === '' && !event.fromPlatform)) return
    // Clients past the cap share an id, so nothing can be said of one of them.
    if (UNCAPPED.has(event.clientId) || !this.organization.dictionaries.clientId.has(event.clientId)) return
    if (event.clientName !== '') this.#addName(client, { name: event.clientName.toWellFormed(), time: event.time })
    if (event.fromPlatform && !this.organization.authorized.has(client)) this.authorized.add(client)
  }

  /** The platform's own word (decisions.md 15): it gets the client an id even when the organization's cap is reached. */
  authorize(clientId: string): void {
    const client = this.organization.dictionaries.clientId.reserve(clientId)
    if (!this.organization.authorized.has(client)) this.authorized.add(client)
  }

  settle(organizations: Organizations): void {
    const { organization } = this
    if (!this.hasChanged) {
      if (organization.isNew) organizations.forget(organization.organizationId)
      return
    }
    for (const dimension of INTERNED_DIMENSIONS) organization.dictionaries[dimension].keep()
    for (const [client, name] of this.names) organization.names.set(client, name)
    for (const client of this.authorized) organization.authorized.add(client)
    organization.newest = Math.max(organization.newest, this.newest)
    organizations.settle(organization)
  }

  undo(organizations: Organizations): void {
    if (this.organization.isNew) organizations.forget(this.organization.organizationId)
    for (const dimension of INTERNED_DIMENSIONS) this.organization.dictionaries[dimension].forget()
  }

  #addName(client: number, given: GivenName): void {
    const before = this.names.get(client) ?? this.organization.names.get(client)
    if (before === undefined || goesBefore(given, before)) this.names.set(client, given)
  }
}

/** The latest name counts, of two at one time the greatest by code point (decisions.md 13). */
function goesBefore(a: GivenName, b: GivenName): boolean {
  if (a.time !== b.time) return a.time > b.time
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) > 0
}
