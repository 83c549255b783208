import { DOUBLE, INTEGER, SMALLINT, UBIGINT } from '@duckdb/node-api'
import { DAY_MS, floorTo, MINUTE_MS, QUARTER_MS } from '../../domain/bucket.ts'
import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import { callsOf, type EventBatch, IDENTITY_WORDS } from '../../domain/event-batch.ts'
import { CallRows, mostRowsOf } from './call-rows.ts'
import { CALL_DELTA } from './columns.ts'
import { countedCalls } from './counted-calls.ts'
import type { EventIds } from './event-ids/event-ids.ts'
import { OrganizationFacts } from './organization-facts.ts'
import type { OrganizationMemory, Organizations } from './organizations.ts'
import type { Watchers } from './watchers.ts'
import { writeFacts } from './write-facts.ts'
import { type AppendColumn, integerColumn, valuesColumn, type Writer } from './writer.ts'

/** What a commit reads and changes beside the tables. Nothing of it is changed by a commit that fails. */
export interface CommitParts {
  readonly writer: Writer
  readonly organizations: Organizations
  readonly ids: EventIds
  readonly watchers: Watchers
  readonly now: () => number
  /** From this instant on events are kept by the minute, before by the quarter of an hour; milliseconds. */
  readonly minuteWatermark: () => number
}

/**
 * Counts the events that are new, with their ids, in one transaction; commits do not overlap.
 * @returns for each batch how many of its calls were duplicates.
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
    batches.reduce((sum, batch) => sum + mostRowsOf(batch), 0),
  )
  try {
    await identities.lookUp(parts)
    const duplicates = batches.map((batch, index) => {
      const fresh = identities.freshOf(index)
      return callsOf(batch) - counted.add(batch, fresh, parts.minuteWatermark())
    })
    if (counted.rows.count > 0) await parts.writer.transaction(() => write(parts, counted, identities))
    parts.ids.keep()
    counted.settle()
    counted.tell(parts.watchers)
    return duplicates
  } catch (error) {
    parts.ids.forget()
    counted.undo()
    throw error
  } finally {
    counted.rows.release()
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

  /** In one piece: an appender for each of some hundred small batches would cost more than all else. */
  async write(writer: Writer): Promise<void> {
    const { segment, day } = this.#ids.current
    const count = this.#written.reduce((sum, { events }) => sum + events.length, 0)
    const hi = new Uint32Array(2 * count)
    const lo = new Uint32Array(2 * count)
    let row = 0
    for (const { events, words } of this.#written) {
      for (let index = 0; index < events.length; index++, row++) {
        const at = (events[index] ?? 0) * IDENTITY_WORDS
        hi[2 * row] = words[at] ?? 0
        hi[2 * row + 1] = words[at + 1] ?? 0
        lo[2 * row] = words[at + 2] ?? 0
        lo[2 * row + 1] = words[at + 3] ?? 0
      }
    }
    await writer.append('event_id', count, [
      integerColumn(() => segment),
      integerColumn(() => day),
      valuesColumn(UBIGINT, hi),
      valuesColumn(UBIGINT, lo),
    ])
  }
}

function hasId(words: Uint32Array, event: number): boolean {
  const at = event * IDENTITY_WORDS
  return words[at] !== 0 || words[at + 1] !== 0 || words[at + 2] !== 0 || words[at + 3] !== 0
}

/** The new events of a commit, added up. */
class Counted {
  readonly rows: CallRows
  readonly facts: readonly OrganizationFacts[]
  readonly #byId: ReadonlyMap<string, OrganizationFacts>

  /** @param mostRows how many rows its calls may become. */
  constructor(organizations: ReadonlyMap<string, OrganizationMemory>, mostRows: number) {
    this.rows = new CallRows(mostRows)
    this.facts = [...organizations.values()].map((organization) => new OrganizationFacts(organization))
    this.#byId = new Map(this.facts.map((facts) => [facts.organization.organizationId, facts]))
  }

  /**
   * @param fresh the events that count.
   * @returns how many calls they are.
   */
  add(batch: EventBatch, fresh: Uint32Array, minuteWatermark: number): number {
    const { columns, texts, weights } = batch
    let calls = fresh.length
    const facts = batch.organizations.map(({ organizationId }) => this.#byId.get(organizationId))
    const dictionaries = facts.map((own) =>
      INTERNED_DIMENSIONS.flatMap((dimension) => own?.organization.dictionaries[dimension] ?? []),
    )
    const numbers = INTERNED_DIMENSIONS.map((dimension) => columns[dimension])
    const ids = new Int32Array(numbers.length)
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
      const weight = weights.size === 0 ? undefined : weights.get(event)
      if (weight === undefined) this.rows.add(own.organization.id, bucket, ids, columns, event)
      else {
        this.rows.addWeighted(own.organization.id, bucket, ids, columns, event, weight)
        calls += weight.calls - 1
      }
      own.add(batch, event, ids[CLIENT_PART] ?? 0)
    }
    return calls
  }

  /** Afterwards, because only then it is counted. */
  tell(watchers: Watchers): void {
    for (const { hasChanged, organization } of this.facts) {
      if (hasChanged) watchers.counted(organization.organizationId, () => countedCalls(this.rows, organization))
    }
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
  await writer.append(CALL_DELTA, rows.count, callColumns(rows))
  await identities.write(writer)
  await writeFacts(writer, facts)
}

function callColumns(rows: CallRows): readonly AppendColumn[] {
  return [
    ...rows.keyColumns.map((column) => valuesColumn(INTEGER, column)),
    ...rows.outcomeColumns.map((column) => valuesColumn(SMALLINT, column)),
    valuesColumn(INTEGER, rows.requests),
    ...rows.sumColumns.map((column) => valuesColumn(DOUBLE, column)),
  ]
}
