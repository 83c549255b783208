import type { AuthorizedConnection } from './authorized-connection.ts'
import { UsageApiError, unexpectedAnswer } from './errors.ts'
import { liveUsage } from './live-stream.ts'
import type { DimensionValues, LiveOptions, LiveUsageEvent } from './live-usage.ts'
import type { UsageExecution, UsageQueryRequest, UsageQueryResult, UsageRow } from './usage-query.ts'
import type { UsageDimension, UsageFileFormat, UsageTable, UsageTableQuery } from './usage-table.ts'
import { wait } from './waiting.ts'

export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal
}

export interface QueryOptions extends CallOptions {
  /**
   * The first wait between two looks at the result, in milliseconds; each further one is twice as long, up to 2 seconds.
   * @default 20
   */
  readonly pollMs?: number
}

export interface DimensionOptions extends CallOptions {
  /** Only values that begin with it, in upper or lower case. */
  readonly prefix?: string
  /** @default 100 */
  readonly limit?: number
}

const TABLE_PATH = '/v1/usage/query'
const MEDIA_TYPES: Readonly<Record<UsageFileFormat, string>> = {
  csv: 'text/csv',
  'csv-spreadsheet': 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
}

const FIRST_POLL_MS = 20
const LONGEST_POLL_MS = 2_000

/** Usage of the caller's own organization. */
export class UsageApi {
  readonly #connection: AuthorizedConnection

  constructor(connection: AuthorizedConnection) {
    this.#connection = connection
  }

  /**
   * Hands a query to the server, which runs it when its turn comes.
   * @throws UsageApiError when the server refuses it, ConnectionError when it cannot be reached.
   */
  async submit(query: UsageQueryRequest, options: CallOptions = {}): Promise<UsageExecution> {
    const answer = await this.#connection.send({
      method: 'POST',
      path: '/api/v2/usage/query',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
      isSafe: false,
      signal: options.signal,
    })
    if (!('executionId' in answer) || typeof answer.executionId !== 'string') throw unexpectedAnswer('an execution')
    return answer as UsageExecution
  }

  /**
   * What has become of a query: its rows once it is `Complete`.
   * @throws UsageApiError `not.found` when there is no such execution or its result has expired.
   */
  async result(executionId: string, options: CallOptions = {}): Promise<UsageQueryResult> {
    const answer = await this.#connection.send({
      method: 'GET',
      path: `/api/v2/usage/query/${encodeURIComponent(executionId)}/results`,
      isSafe: true,
      signal: options.signal,
    })
    if (!isQueryResult(answer)) throw unexpectedAnswer('a query result')
    return answer
  }

  /**
   * Submits a query, waits until it is complete and answers its rows, ordered by date and then by what they are
   * grouped by.
   * @example
   * const rows = await client.usage.query({ interval: '2026-01/2026-03', groupBy: ['TemplateUri'], granularity: 'Month' })
   * for (const row of rows) console.log(row.date, row.templateUri, row.requests)
   * @throws UsageApiError when the server refuses the query, or with code `query.failed` when it fails while it runs;
   * ConnectionError when the server cannot be reached; the signal's reason when it aborts.
   */
  async query(query: UsageQueryRequest, options: QueryOptions = {}): Promise<readonly UsageRow[]> {
    const { executionId } = await this.submit(query, options)
    for (let poll = options.pollMs ?? FIRST_POLL_MS; ; poll = Math.min(poll * 2, LONGEST_POLL_MS)) {
      await wait(poll, options.signal)
      const result = await this.result(executionId, options)
      if (result.queryStatus === 'Complete') return result.results
      if (result.queryStatus === 'Failed') {
        throw new UsageApiError(`The query failed on the server: execution ${executionId}`, {
          status: 200,
          code: 'query.failed',
        })
      }
    }
  }

  /**
   * Asks Routemeter's own API, which answers at once: by minute to month in any time zone, with latencies, bytes and
   * rates, the first groups, and the interval before beside each row.
   * @example
   * const { rows } = await client.usage.queryNow({
   *   interval: '2026-11-01/2026-11-30', timeZone: 'Europe/Berlin', groupBy: ['clientId'],
   *   metrics: ['requests', 'status429'], sortBy: [{ fieldName: 'status429', order: 'Desc' }], limit: 10,
   * })
   * for (const row of rows) console.log(row.clientId, row.status429)
   * @throws UsageApiError when the server refuses the query, ConnectionError when it cannot be reached; the signal's
   * reason when it aborts, and the server then stops as well.
   */
  async queryNow(query: UsageTableQuery, options: CallOptions = {}): Promise<UsageTable> {
    const answer = await this.#connection.send(tableRequest(query, TABLE_PATH, 'application/json', options))
    if (!isTable(answer)) throw unexpectedAnswer('usage')
    return answer
  }

  /**
   * The same rows as a file, in bytes as they come.
   * @example
   * const csv = await client.usage.queryFile({ interval: '2026-11/2026-11', groupBy: ['userId'] }, 'csv')
   * console.log(await new Response(csv).text())
   * @throws as `queryNow`; reading fails with the signal's reason when it aborts.
   */
  queryFile(
    query: UsageTableQuery,
    format: UsageFileFormat,
    options: CallOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const path = format === 'csv-spreadsheet' ? `${TABLE_PATH}?csv=spreadsheet` : TABLE_PATH
    return this.#connection.stream(tableRequest(query, path, MEDIA_TYPES[format], options))
  }

  /**
   * What is counted from now on, until the signal aborts or the loop is left. When the connection breaks it goes on
   * where it was; where that cannot be, a `reset` says so.
   * @example
   * for await (const event of client.usage.live({ groupBy: ['clientId'] })) {
   *   if (event.event === 'usage') for (const row of event.rows) console.log(row.clientId, row.requests)
   * }
   * @throws UsageApiError when the server refuses it, ConnectionError when it cannot be reached at the beginning; the
   * signal's reason when it aborts.
   */
  live(options: LiveOptions = {}): AsyncGenerator<LiveUsageEvent> {
    return liveUsage(this.#connection, options)
  }

  /**
   * The values that a dimension has, for pickers.
   * @example
   * const { values } = await client.usage.dimensions('templateUri', { prefix: 'api/v2/users' })
   */
  async dimensions(dimension: UsageDimension, options: DimensionOptions = {}): Promise<DimensionValues> {
    const { prefix = '', limit, signal } = options
    const query = new URLSearchParams({ prefix, ...(limit === undefined ? {} : { limit: String(limit) }) })
    const path = `/v1/usage/dimensions/${dimension}?${query}`
    const answer = await this.#connection.send({ method: 'GET', path, isSafe: true, signal })
    if (!('values' in answer) || !Array.isArray(answer.values)) throw unexpectedAnswer('the values of a dimension')
    return answer as DimensionValues
  }
}

function tableRequest(query: UsageTableQuery, path: string, accept: string, { signal }: CallOptions) {
  const headers = { 'content-type': 'application/json', accept }
  return { method: 'POST', path, headers, body: JSON.stringify(query), isSafe: true, signal } as const
}

function isTable(answer: object): answer is UsageTable {
  return 'rows' in answer && Array.isArray(answer.rows) && 'meta' in answer && typeof answer.meta === 'object'
}

function isQueryResult(answer: object): answer is UsageQueryResult {
  if (!('queryStatus' in answer)) return false
  if (answer.queryStatus === 'Complete') return 'results' in answer && Array.isArray(answer.results)
  return answer.queryStatus === 'Running' || answer.queryStatus === 'Failed'
}
