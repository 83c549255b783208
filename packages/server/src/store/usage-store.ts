import type { Dimension, InternedDimension } from '../domain/catalogue.ts'
import type { EventBatch } from '../domain/event-batch.ts'
import type { Scope } from '../domain/scope.ts'
import type { UsageQuery } from '../domain/usage-query.ts'

/**
 * Where usage lives. What every engine must do; `usage-store.contract.ts` is the executable half of this file.
 * Organizations come first in every call: nothing is read or erased without naming whose.
 */
export interface UsageStore extends AsyncDisposable {
  /** The secret with which events' identities are hashed (store/event-identity.ts). */
  readonly identityKey: string

  /**
   * The number that stands for an organization in the identities of its events. It stays the same until the
   * organization is erased.
   */
  organizationNumber(organizationId: string): Promise<number>

  /**
   * Counts the events that were not counted before, all in one transaction: when the promise is fulfilled they are on
   * disk with the ids that identify them, and the next query sees them; when it is rejected nothing was counted and
   * sending the same events again is safe. Calls may overlap; an engine puts them in order.
   * @throws StoreUnavailable when the disk is full, the store is closing, or an organization was erased since its
   *   events were put into a batch.
   */
  commit(batches: readonly EventBatch[]): Promise<CommitReceipt>

  /**
   * Answers a usage query from one snapshot. Rows come in the query's order, in chunks, and are read to the end or
   * given up with `return()` on the iterator.
   * @throws the signal's reason when it is aborted.
   */
  query(scope: Scope, query: UsageQuery, options?: QueryOptions): Promise<UsageResult>

  /** The clients that are authorized in these organizations: by a call that the platform reported, or by `authorize`. */
  authorizedClients(organizationIds: readonly string[]): Promise<readonly AuthorizedClient[]>

  /** The organizations in which this client is authorized; its owner's only where the platform said so too. */
  organizationsOf(clientId: string): Promise<readonly string[]>

  /**
   * Authorizes a client in an organization (decisions.md 15), seen there before or not; again it does nothing. On disk
   * when this resolves. The client is told apart from then on, even when the organization's cap of clients is reached.
   * @throws StoreUnavailable when the disk is full or the store is closing.
   */
  authorize(organizationId: string, clientId: string): Promise<void>

  /**
   * Takes an authorization back, for all of history: false where there is none. A call of the client that the platform
   * reports later authorizes it again; one that it reported before and sends again is a duplicate, and does not.
   * @throws StoreUnavailable when the disk is full or the store is closing.
   */
  withdraw(organizationId: string, clientId: string): Promise<boolean>

  /** The values of templateUri that calls of an organization were counted under, past a cap's too; in no order. */
  countedTemplates(organizationId: string): Promise<readonly string[]>

  /**
   * Counts under other route templates what was counted under these, all of it in one transaction: when this resolves it
   * is on disk, when it is rejected nothing was moved. What is committed meanwhile stays where its event said, so that
   * moving again is right; `(unmatched)` and `(overflow)` are never moved (decisions.md 4). A template that has nothing any more gives its place in the organization's cap back; one that
   * is moved to has one whatever the cap.
   * @returns for each move, in order, how many calls it took: 0 for what nothing was counted under.
   * @throws StoreUnavailable when the disk is full or the store is closing.
   */
  moveTemplates(organizationId: string, moves: readonly TemplateMove[]): Promise<readonly number[]>

  /**
   * The values of a dimension under which calls of an organization were counted, those that begin with a prefix in any
   * case, by code point. A missing value is none of them.
   */
  dimensionValues(organizationId: string, search: ValueSearch): Promise<readonly DimensionValue[]>

  /**
   * Tells of what commits count in an organization from now on, in their order and before `commit` resolves, until the
   * returned function is called. It costs commits nothing while nobody watches.
   */
  watch(organizationId: string, watcher: UsageWatcher): () => void

  /** What is kept of one organization, for a first look: exact, and as fresh as the last commit. */
  describe(organizationId: string): Promise<OrganizationUsage>

  /** Takes everything of one organization out, ids and dictionary included; afterwards the same events count anew. */
  erase(organizationId: string): Promise<void>

  /** Takes out usage whose bucket ended at or before this instant (milliseconds since 1970), for all organizations. */
  retain(before: number, signal?: AbortSignal): Promise<void>

  /**
   * Background upkeep: folds what commits appended into the sorted rollups, ages minutes into quarter hours, drops old
   * event ids. It and `retain` reject with the signal's reason soon after it is aborted; what is left is done the next
   * time.
   */
  maintain(signal?: AbortSignal): Promise<void>
}

export interface CommitReceipt {
  /** For each batch, in order: how many of its calls (callsOf) were duplicates and did not count. */
  readonly duplicates: readonly number[]
}

export interface ValueSearch {
  readonly dimension: Dimension
  readonly prefix: string
  /** Most values of the answer. */
  readonly limit: number
  /** Registered names of clients, which go before the names that events gave. */
  readonly clientNames?: readonly ClientName[]
}

export interface DimensionValue {
  readonly value: string
  /** The client's, for clientId; "" where it has none. */
  readonly clientName: string
}

/** Neither may throw or take long: commits wait. */
export interface UsageWatcher {
  /** What a commit counted; duplicates are not there. */
  counted(calls: readonly CountedCalls[]): void
  /** What was counted before was moved to other route templates, or erased. */
  recounted(): void
}

/** Calls that a commit counted, added up; dimensions as a query would have them, `(overflow)` too. */
export interface CountedCalls extends Readonly<Record<InternedDimension, string>> {
  /** The name that events gave the client, "" without any. */
  readonly clientName: string
  /** 429, or the class's first: 100, 200, … 500. */
  readonly status: number
  readonly calls: number
}

export interface QueryOptions {
  /** Registered names of clients, which go before the names that events gave. */
  readonly clientNames?: readonly ClientName[]
  /** Asks for `UsageResult.facts`. */
  readonly facts?: boolean
  readonly signal?: AbortSignal
}

export interface ClientName {
  /** The organization in which the client is known by this name. */
  readonly organizationId: string
  readonly clientId: string
  readonly name: string
}

export interface AuthorizedClient {
  readonly organizationId: string
  readonly clientId: string
}

/** `from` differs between the moves of one call. */
export interface TemplateMove {
  readonly from: string
  readonly to: string
}

/** A count or sum is a number while that is exact, else a bigint; null is a metric without any value. */
export type UsageValue = string | number | bigint | null

export interface UsageResult {
  /** `time` is milliseconds since 1970 of the period's first instant; see `columnsOf`. */
  readonly columns: readonly string[]
  /** Chunks of rows; a row has a value for each column. */
  readonly chunks: AsyncIterable<readonly (readonly UsageValue[])[]>
  readonly facts?: SnapshotFacts
}

/** What the snapshot of an answer says of the organizations that were asked about. */
export interface SnapshotFacts {
  /** Event time of the newest counted event, milliseconds since 1970; undefined without any. */
  readonly newestEvent: number | undefined
  /** Rollup rows of the interval, of which the answer was made. */
  readonly rowsScanned: number
}

export interface OrganizationUsage {
  readonly requests: number
  /** Event time of the newest counted event, milliseconds since 1970; undefined without any. */
  readonly newestEvent: number | undefined
}

/** A column of a Parquet file. An instant is milliseconds since 1970. */
export interface ParquetColumn {
  readonly name: string
  readonly kind: 'instant' | 'text' | 'integer' | 'fraction'
}

/** Writes tables as Parquet. */
export interface ParquetWriter {
  /**
   * The bytes of one file, when all rows were read; nothing of it stays on disk.
   * @param chunks rows with a value for each column.
   */
  write(
    columns: readonly ParquetColumn[],
    chunks: AsyncIterable<readonly (readonly UsageValue[])[]>,
  ): AsyncIterable<Uint8Array>
}

/** The store cannot take or answer anything now; nothing was half done, and a retry later is safe. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
