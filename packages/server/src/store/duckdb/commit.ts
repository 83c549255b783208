import { DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { COUNTER_COLUMNS, LATENCY, USAGE } from './columns.ts'
import type { EventIds } from './event-ids/event-ids.ts'
import { WORDS } from './event-ids/hash.ts'
import type { KeyTable } from './key-table.ts'
import { OrganizationFacts } from './organization-facts.ts'
import type { OrganizationMemory, Organizations } from './organizations.ts'
import { RollupRows } from './rollup-rows.ts'
import { writeFacts } from './write-facts.ts'
import { bigintColumn, integerColumn, unsignedColumn, type Writer } from './writer.ts'

/** What a commit reads and changes beside the tables. Nothing of it is changed by a commit that fails. */
export interface CommitParts {
  readonly writer: Writer
  readonly organizations: Organizations
  readonly ids: EventIds
  readonly now: () => number
  /** From this instant on events are kept by the minute, before by the quarter of an hour; milliseconds. */
  readonly minuteWatermark: () => number
}

/**
 * Counts the events that are new, with their ids, in one transaction; commits do not overlap.
 * @returns for each event 1 when it was a duplicate, else 0.
 */
export async function commitEvents(parts: CommitParts, events: readonly UsageEvent[]): Promise<Uint8Array> {
  const organizationIds = new Set(events.map((event) => event.organizationId))
  const organizations = await parts.organizations.use(parts.writer.connection, organizationIds)
  const identities = new Identities(events, organizations, parts.ids)
  const batch = new Batch(organizations)
  try {
    await identities.lookUp(parts)
    const duplicate = batch.count(events, identities, parts.minuteWatermark())
    if (batch.rows.usage.count > 0) await parts.writer.transaction(() => write(parts, batch, identities))
    parts.ids.keep()
    batch.settle(parts.organizations)
    return duplicate
  } catch (error) {
    parts.ids.forget()
    batch.undo(parts.organizations)
    throw error
  }
}

/** The hashes of the events that have an id. */
class Identities {
  /** Indexes of hashes that go to disk with this commit. */
  readonly fresh: number[] = []
  readonly #ids: EventIds
  readonly #count: number
  readonly #words: Uint32Array<ArrayBuffer>
  /** For each event its hash's index, or -1. */
  readonly #indexes: Int32Array
  #known: ReadonlySet<number> = new Set()

  constructor(events: readonly UsageEvent[], organizations: ReadonlyMap<string, OrganizationMemory>, ids: EventIds) {
    this.#ids = ids
    this.#words = new Uint32Array(events.length * WORDS)
    this.#indexes = new Int32Array(events.length).fill(-1)
    let count = 0
    for (const [at, { id, time, organizationId }] of events.entries()) {
      const organization = organizations.get(organizationId)
      if (id === undefined || organization === undefined) continue
      ids.hash.write(this.#words, count * WORDS, organization.id, time, id)
      this.#indexes[at] = count++
    }
    this.#count = count
  }

  async lookUp({ writer, now }: CommitParts): Promise<void> {
    await this.#ids.prepare(writer.connection, Math.floor(now() / DAY_MS), this.#count)
    this.#known = await this.#ids.known(writer.connection, this.#words, this.#count)
  }

  /** True when the event was counted before, by an earlier commit or earlier in this one; else remembers it. */
  isDuplicate(at: number): boolean {
    const index = this.#indexes[at] ?? -1
    if (index < 0) return false
    if (this.#known.has(index) || !this.#ids.remember(this.#words, index)) return true
    this.fresh.push(index)
    return false
  }

  write(writer: Writer): Promise<void> {
    const halves = new BigUint64Array(this.#words.buffer)
    const { segment, day } = this.#ids.current
    return writer.append('event_id', this.fresh.length, [
      integerColumn(() => segment),
      integerColumn(() => day),
      unsignedColumn((row) => halves[(this.fresh[row] ?? 0) * 2] ?? 0n),
      unsignedColumn((row) => halves[(this.fresh[row] ?? 0) * 2 + 1] ?? 0n),
    ])
  }
}

/** The new events of a commit, added up. */
class Batch {
  readonly rows = new RollupRows()
  readonly facts: readonly OrganizationFacts[]
  readonly #byId: ReadonlyMap<string, OrganizationFacts>

  constructor(organizations: ReadonlyMap<string, OrganizationMemory>) {
    this.facts = [...organizations.values()].map((organization) => new OrganizationFacts(organization))
    this.#byId = new Map(this.facts.map((facts) => [facts.organization.organizationId, facts]))
  }

  count(events: readonly UsageEvent[], identities: Identities, minuteWatermark: number): Uint8Array {
    const duplicate = new Uint8Array(events.length)
    for (const [at, event] of events.entries()) {
      const facts = this.#byId.get(event.organizationId)
      if (facts === undefined || identities.isDuplicate(at)) {
        duplicate[at] = 1
        continue
      }
      const bucketSize = event.time >= minuteWatermark ? MINUTE_MS : QUARTER_MS
      this.rows.add(event, facts.organization, floorTo(event.time, bucketSize) / MINUTE_MS)
      facts.add(event, this.rows.lastClient)
    }
    return duplicate
  }

  settle(organizations: Organizations): void {
    for (const facts of this.facts) facts.settle(organizations)
  }

  undo(organizations: Organizations): void {
    for (const facts of this.facts) facts.undo(organizations)
  }
}

async function write({ writer }: CommitParts, batch: Batch, identities: Identities): Promise<void> {
  const { rows } = batch
  await writer.append(`${USAGE.name}_delta`, rows.usage.count, [
    ...keyColumns(rows.usage),
    ...rows.counterColumns.slice(0, COUNTER_COLUMNS.length).map(numbers),
  ])
  await writer.append(`${LATENCY.name}_delta`, rows.latency.count, [...keyColumns(rows.latency), numbers(rows.calls)])
  await identities.write(writer)
  await writeFacts(writer, batch.facts)
}

const numbers = (column: Float64Array) => bigintColumn((row) => column[row] ?? 0)

function keyColumns(table: KeyTable) {
  return Array.from({ length: table.width }, (_, part) =>
    integerColumn((row) => table.keys[row * table.width + part] ?? 0),
  )
}
