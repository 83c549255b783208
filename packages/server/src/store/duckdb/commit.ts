import { DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import { type EventBatch, IDENTITY_WORDS } from '../../domain/event-batch.ts'
import { COUNTER_COLUMNS, LATENCY, USAGE } from './columns.ts'
import type { EventIds } from './event-ids/event-ids.ts'
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
 * @returns for each batch how many of its events were duplicates.
 * @throws StoreUnavailable when an organization was erased since its events were put into a batch.
 */
export async function commitBatches(parts: CommitParts, batches: readonly EventBatch[]): Promise<readonly number[]> {
  const organizations = await parts.organizations.use(
    parts.writer.connection,
    batches.flatMap((batch) => batch.organizations),
  )
  const identities = new Identities(batches, parts.ids)
  const counted = new Counted(
    organizations,
    batches.reduce((sum, { count }) => sum + count, 0),
  )
  try {
    await identities.lookUp(parts)
    const duplicates = batches.map((batch, index) => {
      const fresh = identities.freshOf(index)
      counted.add(batch, fresh, parts.minuteWatermark())
      return batch.count - fresh.length
    })
    if (counted.rows.usage.count > 0) await parts.writer.transaction(() => write(parts, counted, identities))
    parts.ids.keep()
    counted.settle()
    return duplicates
  } catch (error) {
    parts.ids.forget()
    counted.undo()
    throw error
  }
}

/** The identities of the events of a commit: which are new, and what of them goes to disk with it. */
class Identities {
  readonly #batches: readonly EventBatch[]
  readonly #ids: EventIds
  /** Which events of each batch were counted by earlier commits, as far as they are in sealed segments. */
  #known: readonly ReadonlySet<number>[] = []
  /** Events with an id that are new, as indexes, and the identities of their batch. */
  readonly #written: { readonly events: Uint32Array; readonly words: Uint32Array }[] = []

  constructor(batches: readonly EventBatch[], ids: EventIds) {
    this.#batches = batches
    this.#ids = ids
  }

  async lookUp({ writer, now }: CommitParts): Promise<void> {
    const events = this.#batches.reduce((sum, { count }) => sum + count, 0)
    await this.#ids.prepare(writer.connection, Math.floor(now() / DAY_MS), events)
    const known: ReadonlySet<number>[] = []
    for (const { columns, count } of this.#batches) {
      known.push(await this.#ids.known(writer.connection, columns.identity, count))
    }
    this.#known = known
  }

  /** The events of a batch that were not counted before, by an earlier commit or earlier in this one; remembers them. */
  freshOf(index: number): Uint32Array {
    const batch = this.#batches[index]
    if (batch === undefined) return new Uint32Array()
    const { identity } = batch.columns
    const known = this.#known[index]
    const fresh = new Uint32Array(batch.count)
    const withId = new Uint32Array(batch.count)
    let freshCount = 0
    let withIdCount = 0
    for (let event = 0; event < batch.count; event++) {
      if (hasId(identity, event)) {
        if (known?.has(event) || !this.#ids.remember(identity, event)) continue
        withId[withIdCount++] = event
      }
      fresh[freshCount++] = event
    }
    if (withIdCount > 0) this.#written.push({ events: withId.subarray(0, withIdCount), words: identity })
    return fresh.subarray(0, freshCount)
  }

  async write(writer: Writer): Promise<void> {
    const { segment, day } = this.#ids.current
    for (const { events, words } of this.#written) {
      const wordAt = (row: number, word: number) => words[(events[row] ?? 0) * IDENTITY_WORDS + word] ?? 0
      await writer.append('event_id', events.length, [
        integerColumn(() => segment),
        integerColumn(() => day),
        unsignedColumn((row, half) => wordAt(row, half)),
        unsignedColumn((row, half) => wordAt(row, 2 + half)),
      ])
    }
  }
}

function hasId(words: Uint32Array, event: number): boolean {
  const at = event * IDENTITY_WORDS
  return words[at] !== 0 || words[at + 1] !== 0 || words[at + 2] !== 0 || words[at + 3] !== 0
}

/** The new events of a commit, added up. */
class Counted {
  readonly rows: RollupRows
  readonly facts: readonly OrganizationFacts[]
  readonly #byId: ReadonlyMap<string, OrganizationFacts>

  /** @param mostRows how many events there are. */
  constructor(organizations: ReadonlyMap<string, OrganizationMemory>, mostRows: number) {
    this.rows = new RollupRows(mostRows)
    this.facts = [...organizations.values()].map((organization) => new OrganizationFacts(organization))
    this.#byId = new Map(this.facts.map((facts) => [facts.organization.organizationId, facts]))
  }

  /** @param fresh the events that count. */
  add(batch: EventBatch, fresh: Uint32Array, minuteWatermark: number): void {
    const { columns, texts } = batch
    const facts = batch.organizations.map(({ organizationId }) => this.#byId.get(organizationId))
    const dictionaries = facts.map((own) =>
      INTERNED_DIMENSIONS.flatMap((dimension) => own?.organization.dictionaries[dimension] ?? []),
    )
    const numbers = INTERNED_DIMENSIONS.map((dimension) => columns[dimension])
    const ids = new Int32Array(numbers.length)
    const rows = new Uint32Array(fresh.length)
    for (let index = 0; index < fresh.length; index++) {
      const event = fresh[index] ?? 0
      const organization = columns.organization[event] ?? 0
      const own = facts[organization]
      if (own === undefined) throw new Error('an event is of an organization that its batch does not name')
      for (let part = 0; part < ids.length; part++) {
        ids[part] = dictionaries[organization]?.[part]?.idOfNumber(texts, numbers[part]?.[event] ?? 0) ?? 0
      }
      const time = columns.time[event] ?? 0
      const bucket = floorTo(time, time >= minuteWatermark ? MINUTE_MS : QUARTER_MS) / MINUTE_MS
      const duration = columns.durationMicros[event] ?? Number.NaN
      rows[index] = this.rows.rowOf(own.organization.id, bucket, ids, duration)
      own.add(batch, event, ids[CLIENT_PART] ?? 0)
    }
    this.rows.add(columns, fresh, rows, fresh.length)
  }

  settle(): void {
    for (const facts of this.facts) facts.settle()
  }

  undo(): void {
    for (const facts of this.facts) facts.undo()
  }
}

const CLIENT_PART = INTERNED_DIMENSIONS.indexOf('clientId')

async function write({ writer }: CommitParts, { rows, facts }: Counted, identities: Identities): Promise<void> {
  await writer.append(`${USAGE.name}_delta`, rows.usage.count, [
    ...keyColumns(rows.usage),
    ...rows.counterColumns.slice(0, COUNTER_COLUMNS.length).map(numbers),
  ])
  await writer.append(`${LATENCY.name}_delta`, rows.latency.count, [...keyColumns(rows.latency), numbers(rows.calls)])
  await identities.write(writer)
  await writeFacts(writer, facts)
}

const numbers = (column: Float64Array) => bigintColumn((row) => column[row] ?? 0)

function keyColumns(table: KeyTable) {
  return Array.from({ length: table.width }, (_, part) =>
    integerColumn((row) => table.keys[row * table.width + part] ?? 0),
  )
}
