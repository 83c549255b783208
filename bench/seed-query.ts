import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { SILENT_LOG } from '../packages/server/src/domain/log.ts'
import { openDuckDbStore } from '../packages/server/src/store/duckdb/duckdb-store.ts'
import { eventBodies } from './events.ts'
import { type Figure, median } from './figure.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

const EVENTS = 1_000_000
const EVENTS_A_BODY = 10_000
const REPEATS = 40
/** Polling without a pause would take the core that the query needs. */
const POLL_MS = 5
const DAY_MS = 86_400_000

/** From submitting the seed's query to its Complete, on a million rollups, against the same SQL on DuckDB itself. */
export async function benchSeedQuery(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-bench-'))
  try {
    const end = Math.floor(Date.now() / DAY_MS) * DAY_MS
    const organizationId = await fill(folder, end)
    await fold(folder)
    const throughServer = await timeServer(folder, end)
    const { directly, rollups, rows } = await timeDuckDb(folder, end, organizationId)
    return {
      name: `submit-to-Complete of the seed's query (30 days by client and day) on ${rollups.toLocaleString('en-US')} rollups`,
      value: `median ${throughServer.toFixed(1)} ms for ${rows} rows`,
      against: `the same SQL on DuckDB directly: median ${directly.toFixed(1)} ms`,
      ratio: throughServer / directly,
      target: `1.2 times + 3 ms = ${(1.2 * directly + 3).toFixed(1)} ms`,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A month of calls that hardly ever share a rollup. @returns the organization's id. */
async function fill(folder: string, end: number): Promise<string> {
  await using server = await startServerProcess(folder)
  for (let sent = 0; sent < EVENTS; sent += EVENTS_A_BODY) {
    const [body] = eventBodies(1, EVENTS_A_BODY, end, { seed: sent, overMs: 30 * DAY_MS })
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/x-ndjson' }
    const answer = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: body ?? '' })
    if (answer.status !== 200) throw new Error(`events were not taken: ${answer.status}`)
  }
  const me = await fetch(`${server.url}/api/v2/tokens/me`, { headers: { authorization: `Bearer ${server.token}` } })
  return ((await me.json()) as { organization: { id: string } }).organization.id
}

async function fold(folder: string): Promise<void> {
  await using store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: Date.now, log: SILENT_LOG })
  await store.maintain()
}

async function timeServer(folder: string, end: number): Promise<number> {
  await using server = await startServerProcess(folder)
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const started = performance.now()
    await askSeedQuery(server, end)
    times.push(performance.now() - started)
  }
  return median(times)
}

async function askSeedQuery({ url, token }: ServerProcess, end: number): Promise<void> {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const interval = `${day(end - 30 * DAY_MS)}/${day(end - DAY_MS)}`
  const body = JSON.stringify({ interval, granularity: 'Day', groupBy: ['OAuthClientId'] })
  const submitted = await fetch(`${url}/api/v2/usage/query`, { method: 'POST', headers, body })
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  for (;;) {
    const text = await (await fetch(`${url}${resultsUri}`, { headers })).text()
    if (text.endsWith('"queryStatus":"Complete"}')) return
    if (text !== '{"queryStatus":"Running"}') throw new Error(`the query ended with ${text}`)
    await setTimeout(POLL_MS)
  }
}

/** What the store asks for the seed's query, without the store: the day tier, what is not folded, the clients' ids. */
const SAME_SQL = `
  WITH source AS (
    SELECT * EXCLUDE (bucket), bucket FROM usage_day UNION ALL BY NAME SELECT * EXCLUDE (user_id) FROM usage_delta
  ), by_id AS (
    SELECT organization, bucket // 1440 AS day, client_id, sum(status200) AS status200, sum(status300) AS status300,
      sum(status400) AS status400, sum(status500) AS status500, sum(status429) AS status429, sum(requests) AS requests
    FROM source WHERE bucket >= $1 AND bucket < $2
      AND organization = (SELECT id FROM organization WHERE organization_id = $3)
    GROUP BY ALL
  )
  SELECT day, value, status200, status300, status400, status500, status429, requests FROM by_id
  JOIN dimension_value ON dimension_value.organization = by_id.organization AND dimension = 1 AND id = client_id
  ORDER BY day, value`

async function timeDuckDb(folder: string, end: number, organizationId: string) {
  const instance = await DuckDBInstance.create(join(folder, 'usage.duckdb'))
  const connection = await instance.connect()
  const minutes = [end - 30 * DAY_MS, end].map((time) => time / 60_000)
  const times: number[] = []
  let rows = 0
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const started = performance.now()
    rows = (await connection.runAndReadAll(SAME_SQL, [...minutes, organizationId])).currentRowCount
    times.push(performance.now() - started)
  }
  const counted = await connection.runAndReadAll('SELECT count(*) FROM usage_fine')
  connection.closeSync()
  instance.closeSync()
  return { directly: median(times), rollups: Number(counted.getRows()[0]?.[0]), rows }
}
