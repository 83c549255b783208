import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../packages/cli/src/cli-process.ts'
import { RoutemeterClient, UsageApiError } from '../packages/client/src/index.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// The synchronous query where people use it: over curl as documented, with the client, on the command line.
let server: RunningServer
let client: RoutemeterClient
let cwd: string
const DAY_MS = 86_400_000
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
const day = (ago: number) => new Date(today - ago * DAY_MS).toISOString().slice(0, 10)
const interval = `${day(7)}/${day(1)}`

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-usage-query-'))
  server = await startRoutemeter()
  const { url, clientId, clientSecret } = server
  client = new RoutemeterClient({ url, clientId, clientSecret })
  const calls = [...'aaaaaaaabbbbccd'].map((name, index) => ({
    time: today - (1 + (index % 4)) * DAY_MS + index * 60_000,
    clientId: name,
    method: 'GET',
    path: '/api/v2/users/me',
    status: index % 5 === 0 ? 429 : 200,
    durationMs: index,
  }))
  expect((await server.send(calls)).accepted).toBe(15)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(cwd, { recursive: true, force: true })
})

const query = (...args: string[]) => {
  const env = {
    ROUTEMETER_URL: server.url,
    ROUTEMETER_CLIENT_ID: server.clientId,
    ROUTEMETER_CLIENT_SECRET: server.clientSecret,
  }
  return runCli(['query', '--interval', interval, ...args], { env, cwd })
}

test('the commands that are documented work as they are pasted', async () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/usage.md'), 'utf8')
  const [, script = ''] = /## Usage at once[\s\S]*?```sh\n([\s\S]*?)```/.exec(page) ?? []
  expect(script.match(/^curl /gm)).toHaveLength(3)
  const env = { PATH: process.env.PATH, URL: server.url, TOKEN: await server.token() }
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', script], { cwd, env, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('"meta":{"interval":"2026-11-01T00:00:00+01:00/2026-11-08T00:00:00+01:00"')
  expect(stdout).toContain('templateUri,status200,')
  expect(readFileSync(join(cwd, 'usage.parquet')).subarray(0, 4).toString()).toBe('PAR1')
})

describe('the client', () => {
  const asked = { interval, groupBy: ['clientId'], metrics: ['requests'], limit: 1, other: true } as const

  test('has rows as objects, and what they are about', async () => {
    const { rows, meta } = await client.usage.queryNow(asked)
    expect(rows).toEqual([
      { clientId: 'a', requests: 8 },
      { clientId: '(other)', requests: 7 },
    ])
    expect(meta).toMatchObject({ limit: 1, truncated: false, timeZone: 'UTC' })
  })

  test('has the same rows as a file', async () => {
    const ndjson = await new Response(await client.usage.queryFile(asked, 'ndjson')).text()
    expect(ndjson).toBe('{"clientId":"a","requests":8}\n{"clientId":"(other)","requests":7}\n')
    const csv = await new Response(await client.usage.queryFile(asked, 'csv-spreadsheet')).text()
    expect(csv).toBe('clientId,requests\r\na,8\r\n(other),7\r\n')
  })

  test('says why a query is refused, whatever it should have become', async () => {
    const wrong = { interval: 'yesterday' }
    for (const asking of [client.usage.queryNow(wrong), client.usage.queryFile(wrong, 'parquet')]) {
      const error = await asking.catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(UsageApiError)
      expect(error).toMatchObject({
        status: 400,
        code: 'invalid.date',
        message: expect.stringContaining('[yesterday]'),
      })
    }
  })

  test('waits no longer when its signal aborts', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(client.usage.queryNow(asked, { signal })).rejects.toBe(reason)
    await expect(client.usage.queryFile(asked, 'csv', { signal })).rejects.toBe(reason)
  })
})

describe('the command line', () => {
  test('makes a table of what only Routemeter can answer', async () => {
    const { code, stdout, stderr } = await query(
      '--limit',
      '2',
      '--other',
      '--metrics',
      'requests,rateLimitedRate,durationMax',
      '--table',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'clientId  requests  429 rate  max ms',
      'a                8     25.0%       7',
      'b                4     25.0%      11',
      '(other)          3      0.0%      14',
    ])
    expect(stdout).toMatch(/\n3 rows, \S+T00:00:00Z\/\S+T00:00:00Z UTC\n$/)
  })

  test('writes JSON a line in a pipe, in the zone that is asked for', async () => {
    const args = [
      '--time-zone',
      'Asia/Kolkata',
      '--granularity',
      'Hour',
      '--metrics',
      'requests',
      '--filter',
      'clientId=d',
    ]
    const { stdout } = await query(...args)
    expect(JSON.parse(stdout)).toEqual({ time: expect.stringMatching(/T05:00:00\+05:30$/), clientId: 'd', requests: 1 })
  })

  test('tells what has changed', async () => {
    const { stdout } = await query('--compare', '--metrics', 'requests', '--table', '--interval', `${day(2)}/${day(1)}`)
    expect(stdout.split('\n').slice(0, 2)).toEqual(['clientId  requests    ±', expect.stringMatching(/^a +4 +0%$/)])
  })

  test('draws bars, and lines over time, in 80 columns without colour', async () => {
    const bars = await query('--chart')
    expect(bars.stdout).toMatch(/^a {9}█{60,} +8\nb {9}█+.? +4\nc {9}█+.? +2\nd {9}█+.? +1\n\nrequests, /)
    const lines = await query('--chart', '--granularity', 'Day')
    expect(lines.stdout).toMatch(/^a {9} +█+ +8\n/)
    for (const line of `${bars.stdout}${lines.stdout}`.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    expect(`${bars.stdout}${lines.stdout}`).not.toContain('\u001b')
  })

  test('writes files of every format, and one at a time', async () => {
    await query('--csv', 'usage.csv', '--metrics', 'requests', '--limit', '1')
    expect(readFileSync(join(cwd, 'usage.csv'), 'utf8')).toBe('clientId,requests\r\na,8\r\n')
    const { stdout } = await query('--ndjson', '-', '--metrics', 'requests', '--limit', '1')
    expect(stdout).toBe('{"clientId":"a","requests":8}\n')
    await query('--parquet', 'rows.parquet', '--metrics', 'requests')
    const duckDb = await DuckDBInstance.create(':memory:')
    const connection = await duckDb.connect()
    const read = await connection.runAndReadAll(`SELECT sum(requests)::INTEGER FROM '${join(cwd, 'rows.parquet')}'`)
    expect(read.getRows()).toEqual([[15]])
    connection.disconnectSync()
    duckDb.closeSync()
    const both = await query('--csv', 'a', '--parquet', 'b')
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('one of them at a time')])
    const nowhere = await query('--csv', 'no/such/folder.csv')
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('cannot be written')])
  })

  test('says what a server refuses, as wrong usage', async () => {
    const { code, stderr } = await query('--time-zone', 'Mars/Base')
    expect([code, stderr]).toEqual([2, expect.stringContaining('[timeZone] is [Mars/Base]')])
  })
})
