import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { duckDbParquetWriter } from '../../store/duckdb/parquet-writer.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'

const URL = '/v1/usage/query'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const openUsage = (limits = {}) =>
  TestUsageApp.open(
    (path) => openDuckDbStore({ path: join(path, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
    {
      parquet: duckDbParquetWriter,
      limits,
    },
  )

let usage: TestUsageApp
beforeAll(async () => {
  usage = await openUsage()
  await usage.addCaller('acme', ['usage:organization:view'])
  await usage.addCaller('globex', ['oauth:client:view'])
  await usage.addCaller('blind', ['usage:client:view', 'usage:event:add'])
  await usage.addCaller('platform', ['usage:organization:view', 'platform:admin'])
  const autumn = Date.parse('2026-10-25T00:30:00Z')
  await commitEvents(usage.store, [
    ...[0, 1, 1].map((hour) => anEvent({ time: autumn + hour * HOUR_MS, clientId: 'night' })),
    ...['a', 'a', 'a', 'b', 'b', '=cmd'].map((clientId) =>
      anEvent({ time: TEST_NOW - DAY_MS, clientId, userId: 'ann' }),
    ),
    anEvent({ time: TEST_NOW - 5 * MINUTE_MS, clientId: 'a', status: 429, durationMicros: 1500 }),
    anEvent({ time: TEST_NOW - 2 * DAY_MS, clientId: 'b' }),
    anEvent({ time: TEST_NOW - DAY_MS, clientId: 'theirs', organizationId: 'globex' }),
  ])
})
afterAll(() => usage[Symbol.asyncDispose]())

const ask = (payload: object, more: Partial<InjectOptions> = {}, caller = 'acme') =>
  usage.call(caller, { method: 'POST', url: URL, payload, ...more })
const rowsOf = async (payload: object, caller = 'acme') => {
  const answer = await ask(payload, {}, caller)
  expect(answer.statusCode, answer.body).toBe(200)
  return (answer.json() as { rows: Record<string, unknown>[] }).rows
}
const messageOf = async (payload: object, status = 400) => {
  const answer = await ask(payload)
  expect(answer.statusCode, answer.body).toBe(status)
  return answer.json() as { message: string; code: string; details: { fieldName?: string }[] }
}
const WEEK = '2026-11-17/2026-11-23'

describe('what is answered', () => {
  test('is one total of the platform’s six metrics when only the interval is given, and what it is about', async () => {
    const answer = await ask({ interval: WEEK })
    expect(answer.headers['content-type']).toBe('application/json')
    const { rows, meta } = answer.json()
    expect(rows).toEqual([{ status200: 7, status300: 0, status400: 1, status500: 0, status429: 1, requests: 8 }])
    expect(meta).toEqual({
      interval: '2026-11-17T00:00:00Z/2026-11-24T00:00:00Z',
      timeZone: 'UTC',
      granularity: null,
      completeThrough: '2026-11-23T12:00:00Z',
      freshnessMs: 5 * MINUTE_MS,
      truncated: false,
      limit: null,
      rowsScanned: expect.any(Number),
      tookMs: expect.any(Number),
    })
    expect(meta.rowsScanned).toBeGreaterThan(0)
    expect(JSON.parse(String(answer.headers['routemeter-meta']))).toEqual(meta)
  })

  test('tells apart the hour that comes twice in autumn, by its offset', async () => {
    const asked = {
      interval: '2026-10-25/2026-10-25',
      timeZone: 'europe/berlin',
      granularity: 'hour',
      metrics: ['Requests'],
    }
    expect(await rowsOf(asked)).toEqual([
      { time: '2026-10-25T02:00:00+02:00', requests: 1 },
      { time: '2026-10-25T02:00:00+01:00', requests: 2 },
    ])
    const { meta } = (await ask(asked)).json()
    expect(meta).toMatchObject({
      interval: '2026-10-25T00:00:00+02:00/2026-10-26T00:00:00+01:00',
      timeZone: 'Europe/Berlin',
      granularity: 'Hour',
    })
  })

  test('names the first groups and adds all others up, last of their bucket', async () => {
    const asked = {
      interval: WEEK,
      groupBy: ['clientId'],
      granularity: 'Day',
      metrics: ['requests'],
      limit: 1,
      other: true,
    }
    expect(await rowsOf(asked)).toEqual([
      { time: '2026-11-21T00:00:00Z', clientId: '(other)', requests: 1 },
      { time: '2026-11-22T00:00:00Z', clientId: 'a', requests: 3 },
      { time: '2026-11-22T00:00:00Z', clientId: '(other)', requests: 3 },
      { time: '2026-11-23T00:00:00Z', clientId: 'a', requests: 1 },
    ])
  })

  test('has the day before beside the day, nothing where there was nothing', async () => {
    const asked = { interval: '2026-11-22/2026-11-22', groupBy: ['clientId'], compare: 'previous' }
    expect(await rowsOf({ ...asked, metrics: ['requests', 'durationAvg'] })).toEqual([
      { clientId: '=cmd', requests: 1, durationAvg: null, previous: { requests: 0, durationAvg: null } },
      { clientId: 'a', requests: 3, durationAvg: null, previous: { requests: 0, durationAvg: null } },
      { clientId: 'b', requests: 2, durationAvg: null, previous: { requests: 1, durationAvg: null } },
    ])
    const { meta } = (await ask(asked)).json()
    expect(meta.previousInterval).toBe('2026-11-21T00:00:00Z/2026-11-22T00:00:00Z')
  })

  test('is by the minute for the last seven days', async () => {
    const asked = {
      interval: '2026-11-23T11:50Z/PT10M',
      granularity: 'Minute',
      metrics: ['rateLimitedRate', 'durationMax'],
    }
    expect(await rowsOf(asked)).toEqual([{ time: '2026-11-23T11:55:00Z', rateLimitedRate: 1, durationMax: 1.5 }])
  })

  test('reads filters as events are read', async () => {
    const filters = { httpMethod: ['get'], templateUri: ['/api/v2/users'], clientId: ['a', 'b'] }
    expect(await rowsOf({ interval: WEEK, metrics: ['requests'], filters })).toEqual([{ requests: 7 }])
    expect(await rowsOf({ interval: WEEK, metrics: ['requests'], filters: { statusClass: ['4XX'] } })).toEqual([
      { requests: 1 },
    ])
  })

  test('is no row where there was no call', async () => {
    const { rows, meta } = (await ask({ interval: '2020/2020' })).json()
    expect([rows, meta.freshnessMs]).toEqual([[], 5 * MINUTE_MS])
  })

  test('ends after 100,000 rows and says so, in every format', async () => {
    await using large = await openUsage()
    await large.addCaller('acme', ['usage:organization:view'])
    const users = Array.from({ length: 100_001 }, (_, index) =>
      anEvent({ time: TEST_NOW - HOUR_MS, userId: `u${index}` }),
    )
    await commitEvents(large.store, users)
    const payload = { interval: WEEK, groupBy: ['userId'], metrics: ['requests'] }
    const json = await large.call('acme', { method: 'POST', url: URL, payload })
    expect(json.json().rows).toHaveLength(100_000)
    expect(json.json().meta.truncated).toBe(true)
    const headers = { accept: 'application/x-ndjson' }
    const lines = await large.call('acme', { method: 'POST', url: URL, payload, headers })
    expect(lines.body.match(/\n/g)).toHaveLength(100_000)
    expect(JSON.parse(String(lines.headers['routemeter-meta'])).truncated).toBe(true)
    const all = await large.call('acme', {
      method: 'POST',
      url: URL,
      payload: { ...payload, limit: 100_000, other: true },
    })
    expect(all.json().meta.truncated).toBe(true)
  })
})

describe('CSV', () => {
  const asked = { interval: '2026-11-22/2026-11-22', groupBy: ['clientId'], metrics: ['requests'] }

  test('is exact, and disarmed for spreadsheets on request', async () => {
    const headers = { accept: 'text/csv' }
    const exact = await ask(asked, { headers })
    expect(exact.headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
    expect(exact.body).toBe('clientId,requests\r\n=cmd,1\r\na,3\r\nb,2\r\n')
    const disarmed = await ask(asked, { headers, query: { csv: 'spreadsheet' } })
    expect(disarmed.body).toBe("clientId,requests\r\n'=cmd,1\r\na,3\r\nb,2\r\n")
    expect((await ask(asked, { headers, query: { csv: 'excel' } })).json().message).toContain('exact, spreadsheet')
  })
})

describe('whose calls', () => {
  const everything = { interval: WEEK, groupBy: ['organizationId'], metrics: ['requests'] }

  test('are the caller’s organization’s, whatever it filters by', async () => {
    expect(await rowsOf(everything)).toEqual([{ organizationId: 'acme', requests: 8 }])
    expect(await rowsOf(everything, 'globex')).toEqual([{ organizationId: 'globex', requests: 1 }])
    expect(await rowsOf({ ...everything, filters: { organizationId: ['globex'] } })).toEqual([])
  })

  test('are other organizations’ for the platform’s administrator alone', async () => {
    const refused = await messageOf({ ...everything, organizations: ['globex'] }, 403)
    expect(refused).toMatchObject({
      code: 'missing.any.permissions',
      message: expect.stringContaining('[platform:admin]'),
    })
    expect((await messageOf({ ...everything, organizations: ['*'] }, 403)).message).toContain('[organizations]')
    expect(await rowsOf(everything, 'platform')).toEqual([])
    expect(await rowsOf({ ...everything, organizations: ['globex'] }, 'platform')).toEqual([
      { organizationId: 'globex', requests: 1 },
    ])
    expect(await rowsOf({ ...everything, organizations: ['*'] }, 'platform')).toEqual([
      { organizationId: 'acme', requests: 8 },
      { organizationId: 'globex', requests: 1 },
    ])
    const nobody = await ask({ ...everything, organizations: ['nobody'] }, {}, 'platform')
    expect([nobody.statusCode, nobody.json().message]).toEqual([404, 'There is no organization [nobody].'])
  })

  test('are nobody’s without one of the permissions', async () => {
    const answer = await ask(everything, {}, 'blind')
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'missing.any.permissions'])
    const anonymous = await ask(everything, { headers: { authorization: '' } })
    expect(anonymous.statusCode).toBe(401)
  })
})

describe('what is refused says which field, what came and what is allowed', () => {
  test.each<[string, object, readonly string[]]>([
    ['no interval', {}, ['[interval]', 'required']],
    ['an interval that is none', { interval: 'yesterday' }, ['[interval]', '[yesterday]', '2020-02-01/2020-02-28']],
    ['an unknown field', { interval: WEEK, groupby: [] }, ['[groupby]', 'interval, timeZone, granularity']],
    ['an unknown zone', { interval: WEEK, timeZone: 'Mars/Base' }, ['[timeZone]', '[Mars/Base]', 'Europe/Berlin']],
    ['an offset for a zone', { interval: WEEK, timeZone: '+02:00' }, ['[timeZone]', '[+02:00]']],
    ['a granularity', { interval: WEEK, granularity: 'Year' }, ['[granularity]', '[Year]', 'Minute15, Hour']],
    ['a dimension', { interval: WEEK, groupBy: ['route'] }, ['[groupBy[0]]', '[route]', 'templateUri']],
    ['a dimension twice', { interval: WEEK, groupBy: ['userId', 'USERID'] }, ['[groupBy]', 'without duplicates']],
    ['a metric', { interval: WEEK, metrics: ['errors'] }, ['[metrics[0]]', '[errors]', 'errorRate']],
    ['a filter', { interval: WEEK, filters: { route: ['x'] } }, ['[filters.route]', 'templateUri']],
    ['a filter of nothing', { interval: WEEK, filters: { userId: [] } }, ['[filters.userId]', '1 to 10000', '[[]]']],
    ['a limit', { interval: WEEK, groupBy: ['userId'], limit: 0 }, ['[limit]', '1 to 100000', '[0]']],
    ['a comparison', { interval: WEEK, compare: 'year' }, ['[compare]', '[year]', 'previous']],
    [
      'an order by what is not there',
      { interval: WEEK, sortBy: [{ fieldName: 'userId' }] },
      ['[sortBy[0].fieldName]', '[userId]', 'every metric'],
    ],
    [
      'an order by time without any',
      { interval: WEEK, sortBy: [{ fieldName: 'time' }] },
      ['[sortBy[0].fieldName]', '[time]'],
    ],
    [
      'a direction',
      { interval: WEEK, sortBy: [{ fieldName: 'requests', order: 'up' }] },
      ['[sortBy[0].order]', '[up]', 'Asc, Desc'],
    ],
    [
      'minutes of long ago',
      { interval: '2026-11-01/2026-11-02', granularity: 'Minute' },
      ['[granularity]', '[Minute]', '2026-11-16T12:00'],
    ],
    [
      'minutes compared with those of long ago',
      { interval: '2026-11-18/2026-11-22', granularity: 'Minute', compare: 'previous' },
      ['[granularity]', 'interval before'],
    ],
    [
      'too many buckets to compare',
      { interval: '2000/2025', granularity: 'Minute15', compare: 'previous' },
      ['[compare]', '100000'],
    ],
    [
      'a combination that is not kept',
      { interval: WEEK, groupBy: ['userId'], metrics: ['durationP95'] },
      ['[durationP95]', '[userId]'],
    ],
    [
      'an order by such a metric',
      { interval: WEEK, groupBy: ['statusClass'], sortBy: [{ fieldName: 'requestBytes' }] },
      ['[requestBytes]', '[statusClass]'],
    ],
  ])('%s', async (_what, payload, parts) => {
    const { message } = await messageOf(payload)
    for (const part of parts) expect(message).toContain(part)
  })

  test('a format that there is not is 406 with those that there are', async () => {
    const answer = await ask({ interval: WEEK }, { headers: { accept: 'application/xml' } })
    expect([answer.statusCode, answer.json().code]).toEqual([406, 'not.acceptable'])
    expect(answer.json().message).toContain('text/csv')
  })
})

describe('what an answer may cost', () => {
  test('is bounded in time', async () => {
    await using slow = await openUsage({ timeoutMs: 20 })
    await slow.addCaller('acme', ['usage:organization:view'])
    slow.observed.hold()
    const answer = await slow.call('acme', { method: 'POST', url: URL, payload: { interval: WEEK } })
    expect([answer.statusCode, answer.json().code]).toEqual([408, 'request.timeout'])
    expect(answer.json().message).toContain('0.02 seconds')
  })

  test('is not paid for a caller who went away', async () => {
    await using app = await openUsage()
    await app.addCaller('acme', ['usage:organization:view'])
    await app.app.listen({ host: '127.0.0.1', port: 0 })
    app.observed.hold()
    const socket = connect((app.app.server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    const body = JSON.stringify({ interval: WEEK })
    const head = `POST ${URL} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-acme\r\nContent-Type: application/json\r\n`
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    await app.observed.whenRunning(1)
    socket.destroy()
    await vi.waitFor(() => expect(app.observed.running).toBe(0))
    app.observed.release()
  })

  test('is paid in turn, and 429 when too many wait', async () => {
    await using busy = await openUsage({ atOnce: 1, mostWaiting: 1 })
    await busy.addCaller('acme', ['usage:organization:view'])
    busy.observed.hold()
    const one = () => busy.call('acme', { method: 'POST', url: URL, payload: { interval: WEEK } })
    const first = one()
    await busy.observed.whenRunning(1)
    const [second, third] = [one(), one()]
    const refused = await Promise.race([second, third])
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '5'])
    busy.observed.release()
    const statuses = (await Promise.all([first, second, third])).map(({ statusCode }) => statusCode)
    expect(statuses.toSorted()).toEqual([200, 200, 429])
    expect(busy.observed.mostRunning).toBe(1)
  })

  test('leaves nothing on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'routemeter-left-'))
    vi.stubEnv('TMPDIR', folder)
    try {
      const headers = { accept: 'application/vnd.apache.parquet' }
      const answer = await ask({ interval: WEEK, groupBy: ['clientId'] }, { headers })
      expect(answer.rawPayload.subarray(0, 4).toString()).toBe('PAR1')
      expect(readdirSync(folder)).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    }
  })
})
