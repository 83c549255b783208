import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIN, ended, runCli, startCli } from '../cli-process.ts'
import { lastDays } from './query.ts'

// Gives a program a terminal; it comes with every Linux distribution.
const TERMINAL = 'script'
const hasTerminal = process.platform === 'linux' && spawnSync(TERMINAL, ['--version']).status === 0
const EMPTY_ROW = { clientId: '', clientName: '', organizationId: '', userId: '', templateUri: '', httpMethod: '' }
const LONG_TEMPLATE =
  'api/v2/conversations/{conversationId}/participants/{participantId}/communications/{communicationId}'
const ROWS = [
  { ...EMPTY_ROW, templateUri: 'api/v2/users/me', requests: 1234567, status429: 89, date: '2020-02-03T00:00:00Z' },
  { ...EMPTY_ROW, templateUri: LONG_TEMPLATE, requests: 5, status429: 0, date: '2020-02-04T00:00:00Z' },
]

/** A protocol peer of the wire contract: one answer for the token, the submission and the results each. */
let server: Server
let env: Record<string, string>
let queries: Record<string, unknown>[]
let tokenRequests: string[]
let rows: readonly object[]
let refusal: { status: number; body: object; headers?: Record<string, string> } | undefined
let looks: number
let cwd: string

beforeEach(async () => {
  ;[queries, tokenRequests, rows, refusal, looks] = [[], [], ROWS, undefined, 0]
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-'))
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const send = (status: number, answer: unknown, headers = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer))
    if (request.url === '/oauth/token') {
      tokenRequests.push(body)
      return send(200, { access_token: 't-1', token_type: 'bearer', expires_in: 86_399 })
    }
    if (refusal !== undefined) return send(refusal.status, refusal.body, refusal.headers)
    if (request.headers.authorization !== 'Bearer t-1') return send(401, {})
    if (request.method === 'POST' && request.url === '/api/v2/usage/query') {
      queries.push(JSON.parse(body))
      return send(202, { executionId: 'e-1', resultsUri: '/api/v2/usage/query/e-1/results' })
    }
    if (request.url !== '/api/v2/usage/query/e-1/results') return send(404, {})
    looks++
    return send(200, looks === 1 ? { queryStatus: 'Running' } : { results: rows, queryStatus: 'Complete' })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  env = {
    ROUTEMETER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ROUTEMETER_CLIENT_ID: 'id',
    ROUTEMETER_CLIENT_SECRET: 'secret',
  }
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
  rmSync(cwd, { recursive: true, force: true })
})

const query = (...args: string[]) => runCli(['query', ...args], { env, cwd })
const BY_TEMPLATE = ['--interval', '2020-02-01/2020-02-28', '--by', 'templateUri', '--granularity', 'Day']
const TWO_METRICS = ['--metrics', 'requests,status429']

describe('what is asked', () => {
  test('is in the wire’s spelling what the flags say in ours', async () => {
    const { code, stderr } = await query(
      ...['--interval', '2020-02', '--granularity', 'day', '--by', 'clientId,organizationid', '--by', 'userId'],
      ...['--by', 'templateUri, httpMethod', '--metrics', 'requests', '--metrics', 'STATUS429,status200'],
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(queries).toEqual([
      {
        interval: '2020-02',
        granularity: 'Day',
        groupBy: ['OAuthClientId', 'OrganizationId', 'UserId', 'TemplateUri', 'HttpMethod'],
        metrics: ['Requests', 'Status429', 'Status200'],
      },
    ])
  })

  test('is by client and all six metrics over the last 30 days when nothing is said', async () => {
    const before = lastDays(30, Date.now())
    await query()
    const metrics = ['Requests', 'Status200', 'Status300', 'Status400', 'Status429', 'Status500']
    expect(queries).toEqual([{ interval: expect.any(String), groupBy: ['OAuthClientId'], metrics }])
    expect([before, lastDays(30, Date.now())]).toContain(queries[0]?.interval)
  })

  test('over the last 30 days begins 29 days before today', () => {
    expect(lastDays(30, Date.parse('2026-03-01T23:59:59Z'))).toBe('2026-01-31/2026-03-01')
    expect(lastDays(1, Date.parse('2024-02-29T00:00:00Z'))).toBe('2024-02-29/2024-02-29')
  })

  test.each([
    [
      ['--by', 'template'],
      'clientId, clientName, organizationId, userId, templateUri, httpMethod, platform, statusClass',
    ],
    [
      ['--filter', 'user=ann'],
      'clientId, clientName, organizationId, userId, templateUri, httpMethod, platform, statusClass',
    ],
    [
      ['--metrics', 'requests,errors'],
      'requests, status200, status300, status400, status429, status500, errorRate, serverErrorRate, rateLimitedRate, ' +
        'requestBytes, responseBytes, durationAvg, durationP50, durationP95, durationP99, durationMax',
    ],
    [['--granularity', 'Year'], 'Minute, Minute15, Hour, Day, Week, Month'],
    [['--sort', 'requests:up'], 'Asc, Desc'],
  ])('%s is wrong usage that names what is allowed, and asks nothing', async (args, allowed) => {
    const { code, stdout, stderr } = await query(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`is none of ${allowed}.`)
    expect(tokenRequests).toEqual([])
  })
})

describe('what is printed', () => {
  test('is in a pipe, and with --json, the rows as they came, one line of JSON each', async () => {
    const piped = await query(...BY_TEMPLATE, ...TWO_METRICS)
    looks = 0
    const json = await query(...BY_TEMPLATE, ...TWO_METRICS, '--json')
    expect(piped).toEqual(json)
    expect(piped.stderr).toBe('')
    expect(piped.stdout.split('\n').map((line) => (line === '' ? undefined : JSON.parse(line)))).toEqual([
      ...ROWS,
      undefined,
    ])
  })

  test('is on request a table: numbers right, thousands apart, long texts shortened to fit 80 columns', async () => {
    const { stdout } = await query(...BY_TEMPLATE, ...TWO_METRICS, '--table')
    expect(`\n${stdout}`).toBe(`
date        templateUri                                            requests  429
2020-02-03  api/v2/users/me                                       1,234,567   89
2020-02-04  api/v2/conversations/{conv…cations/{communicationId}          5    0

2 rows, 2020-02-01/2020-02-28 UTC
`)
  })

  test.runIf(hasTerminal)('is on a terminal a table as wide as the terminal', async () => {
    const command = `stty cols 100; '${process.execPath}' '${BIN}' query ${[...BY_TEMPLATE, ...TWO_METRICS].join(' ')}`
    const child = spawn(TERMINAL, ['-qec', command, '/dev/null'], {
      cwd,
      env: { PATH: process.env.PATH, TERM: 'dumb', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { stdout } = await ended(child)
    const longest = stdout.replaceAll('\r', '').split('\n')[2]
    expect(longest).toHaveLength(100)
    expect(longest).toMatch(/^2020-02-04 {2}api.v2.conversations.{3,}….{3,}\{communicationId\} +5 +0$/)
  })

  test('shows a client’s name beside its id only where there are names, and - for a missing value', async () => {
    const client = { ...EMPTY_ROW, requests: 1 }
    rows = [{ ...client, clientId: 'c-1', clientName: 'Nightly export' }, client]
    const named = await query('--metrics', 'requests', '--table')
    expect(named.stdout.split('\n').slice(0, 3)).toEqual([
      'clientName      clientId  requests',
      'Nightly export  c-1              1',
      '-               -                1',
    ])
    rows = [{ ...client, clientId: 'c-1' }]
    const unnamed = await query('--metrics', 'requests', '--table')
    expect(unnamed.stdout.split('\n').slice(0, 2)).toEqual(['clientId  requests', 'c-1              1'])
  })

  test('says so when there were no calls, and is nothing in a pipe', async () => {
    rows = []
    expect((await query('--interval', '2020-02', '--table')).stdout).toBe('No calls in 2020-02 UTC.\n')
    expect(await query('--interval', '2020-02')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  test('cannot be made to steer the terminal by a client’s name', async () => {
    rows = [{ ...EMPTY_ROW, clientId: 'c', clientName: '\u001b[2Jevil\u0007\u202e\n', requests: 1 }]
    const { stdout } = await query('--table')
    expect(stdout).toContain('evil')
    for (const bad of ['\u0007', '\u001b', '\u202e']) expect(stdout).not.toContain(bad)
  })

  test('ends quietly when the reader has read enough', async () => {
    rows = Array.from({ length: 20_000 }, () => ROWS[0] ?? {})
    const child = startCli(['query'], { env, cwd })
    child.stdout?.once('data', () => child.stdout?.destroy())
    let stderr = ''
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    await once(child, 'exit')
    expect([child.exitCode, stderr]).toEqual([0, ''])
  })
})

describe('credentials', () => {
  test('come from the environment, a file, or for the id a flag', async () => {
    writeFileSync(join(cwd, 'secret'), 'from a file\n')
    const { ROUTEMETER_CLIENT_SECRET: _, ...others } = env
    const fromFile = { ...others, ROUTEMETER_CLIENT_SECRET_FILE: 'secret' }
    expect(await runCli(['query', '--client-id', 'other'], { env: fromFile, cwd })).toMatchObject({ code: 0 })
    expect(Object.fromEntries(new URLSearchParams(tokenRequests[0]))).toMatchObject({
      client_id: 'other',
      client_secret: 'from a file',
    })
  })

  test('that are missing are named, exit code 3', async () => {
    const { ROUTEMETER_CLIENT_SECRET: _, ...others } = env
    const { code, stderr } = await runCli(['query'], { env: others, cwd })
    expect(code).toBe(3)
    expect(stderr).toContain(`error: no credentials for ${env.ROUTEMETER_URL}: set ROUTEMETER_CLIENT_SECRET\n`)
  })

  test('have no flag for the secret', async () => {
    const { code, stderr } = await query('--client-secret', 'x')
    expect(code).toBe(2)
    expect(stderr).toContain("unknown option '--client-secret'")
  })

  test('given twice, or in a file that is not there, are wrong usage', async () => {
    const twice = await runCli(['query'], { env: { ...env, ROUTEMETER_CLIENT_SECRET_FILE: 'gone' }, cwd })
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('both set: leave one out') })
    const { ROUTEMETER_CLIENT_SECRET: _, ...others } = env
    const gone = await runCli(['query'], { env: { ...others, ROUTEMETER_CLIENT_SECRET_FILE: 'gone' }, cwd })
    expect(gone).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ROUTEMETER_CLIENT_SECRET_FILE cannot be read'),
    })
  })
})

describe('a query that cannot be answered', () => {
  const refused = (status: number, code: string) => ({
    status,
    headers: { 'inin-correlation-id': 'c-1' },
    body: { message: 'Because', code, status, contextId: 'c-1', details: [], errors: [] },
  })

  test.each([
    [400, 'invalid.date', 2],
    [401, 'bad.credentials', 3],
    [403, 'missing.any.permissions', 3],
    [404, 'not.found', 4],
    [500, 'internal.server.error', 1],
  ])(
    'ends for a %i with the message, the code and the correlation id, exit code %s %i',
    async (status, code, exitCode) => {
      refusal = refused(status, code)
      expect(await query()).toEqual({
        code: exitCode,
        signal: null,
        stdout: '',
        stderr: `error: Because\n(${code}, status ${status}, correlation id c-1)\n`,
      })
    },
  )

  test('ends with exit code 5 when there is no server', async () => {
    server.close()
    await once(server, 'close')
    const { code, stdout, stderr } = await query()
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toContain(`error: ${env.ROUTEMETER_URL} cannot be reached: connect ECONNREFUSED`)
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
  })

  test('takes --url before ROUTEMETER_URL, and refuses one that is no address', async () => {
    const { ROUTEMETER_URL: url = '', ...others } = env
    const wrong = { ...others, ROUTEMETER_URL: 'http://127.0.0.1:1' }
    expect(await runCli(['query', '--url', url], { env: wrong, cwd })).toMatchObject({ code: 0 })
    const { code, stderr } = await query('--url', 'localhost:8787')
    expect(code).toBe(2)
    expect(stderr).toContain('must be an http or https address')
  })
})
