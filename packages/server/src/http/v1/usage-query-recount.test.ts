import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { type Dimension, METRIC_NAMES, METRICS, type Metric } from '../../domain/catalogue.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { duckDbParquetWriter } from '../../store/duckdb/parquet-writer.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'
import { keyOfTime, type Question, type RecountedRow, recountedUsage } from './recounted-usage.ts'

// Random questions over random calls against a count made here of the raw events, in the plainest way.
const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MS = 96 * QUARTER_MS

/** Times in which something happens to a clock: to Newfoundland's at 00:01, to Casey's by three hours, to many in autumn. */
const ERAS = [
  { start: Date.UTC(2010, 10, 1), days: 14 },
  { start: Date.UTC(2020, 9, 1), days: 10 },
  { start: Date.UTC(2026, 9, 15), days: 25 },
] as const
const ZONES = [
  ['UTC', 'America/St_Johns', 'Asia/Gaza', 'America/New_York'],
  ['UTC', 'Antarctica/Casey', 'Australia/Lord_Howe', 'Asia/Kathmandu'],
  ['UTC', 'Europe/Berlin', 'Pacific/Chatham', 'America/St_Johns', 'Asia/Kolkata'],
] as const
const RECENT = { start: TEST_NOW - 6 * DAY_MS, days: 6 }

const VALUES = {
  organizationId: ['acme'],
  clientId: ['', 'a', 'b', '(other)', '=1+1'],
  clientName: ['', 'Name of a', 'Ünder "quotes", and\nlines'],
  userId: ['', 'ann', '\u{1F600}', '\uFB01'],
  templateUri: ['api/v2/users', 'api/v2/users/{userId}', '(unmatched)'],
  httpMethod: ['GET', 'POST'],
  platform: ['', 'web', '-2'],
  statusClass: ['1xx', '2xx', '3xx', '4xx', '5xx'],
} as const satisfies Record<Dimension, readonly string[]>
const NAME_OF: Readonly<Record<string, string>> = { a: 'Name of a', b: 'Ünder "quotes", and\nlines' }

const someTime = fc.constantFrom(...ERAS, RECENT).chain(({ start, days }) => {
  return fc.integer({ min: start - 2 * DAY_MS, max: Math.min(start + days * DAY_MS, TEST_NOW) - 1 })
})
const someBytes = fc.option(fc.nat(2 ** 40), { nil: undefined })
const someEvent = fc
  .record({
    time: someTime,
    clientId: fc.constantFrom(...VALUES.clientId),
    userId: fc.constantFrom(...VALUES.userId),
    templateUri: fc.constantFrom(...VALUES.templateUri),
    httpMethod: fc.constantFrom(...VALUES.httpMethod),
    platform: fc.constantFrom(...VALUES.platform),
    status: fc.constantFrom(101, 200, 204, 302, 400, 404, 429, 500, 503),
    durationMicros: fc.option(fc.nat(90_000_000), { nil: undefined }),
    requestBytes: someBytes,
    responseBytes: someBytes,
  })
  .map((event) => ({ ...event, clientName: NAME_OF[event.clientId] ?? '' }))
const events: readonly UsageEvent[] = fc.sample(someEvent, { numRuns: 1500, seed: 7 }).map((event) => anEvent(event))

let usage: TestUsageApp
let folder: string
let duckDb: DuckDBInstance
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-parquet-test-'))
  duckDb = await DuckDBInstance.create(':memory:')
  usage = await TestUsageApp.open(
    (path) => openDuckDbStore({ path: join(path, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
    { parquet: duckDbParquetWriter },
  )
  await usage.addCaller('acme', ['usage:organization:view'])
  await commitEvents(usage.store, events.slice(0, 1000))
  await usage.store.maintain()
  await commitEvents(usage.store, events.slice(1000))
})
afterAll(async () => {
  await usage[Symbol.asyncDispose]()
  duckDb.closeSync()
  rmSync(folder, { recursive: true })
})

const someOf = <Value>(values: readonly Value[]) => fc.subarray([...values])

/** Metrics by which an order is the same whether they were counted here or there. */
const EXACT: readonly Metric[] = ['requests', 'status429', 'errorRate', 'requestBytes', 'durationMax']

const anyInterval = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.nat(ERAS.length - 1).chain((era) => intervalOf(ERAS[era] ?? RECENT, ZONES[era] ?? ['UTC'])),
  },
  { weight: 1, arbitrary: intervalOf(RECENT, ['UTC', 'Asia/Kathmandu']) },
)

/** From one quarter of an hour to a later one, whole days of the zone for the most part. */
function intervalOf({ start, days }: { start: number; days: number }, zones: readonly string[]) {
  const isRecent = start === RECENT.start
  const granularities = ['Minute15', 'Hour', 'Day', 'Week', 'Month', ...(isRecent ? ['Minute'] : [])] as const
  return fc.record({
    from: fc.nat(days * 48),
    quarters: fc.integer({ min: 1, max: days * 48 }),
    timeZone: fc.constantFrom(...zones),
    granularity: fc.constantFrom(undefined, ...granularities),
    start: fc.constant(start),
  })
}

const anyQuestion = fc
  .record({
    interval: anyInterval,
    groupBy: fc.subarray(Object.keys(VALUES) as Dimension[], { maxLength: 4 }),
    metrics: someOf(METRIC_NAMES),
    filters: fc.record(
      Object.fromEntries(
        Object.entries(VALUES).map(([name, values]) => [name, fc.subarray([...values], { minLength: 1 })]),
      ),
      { requiredKeys: [] },
    ),
    filtered: fc.nat(3),
    sorted: fc.array(fc.record({ at: fc.nat(100), order: fc.constantFrom('Asc' as const, 'Desc' as const) }), {
      maxLength: 3,
    }),
    limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    other: fc.boolean(),
    isCompared: fc.boolean(),
  })
  .map(questionOf)

interface Drawn {
  readonly interval: {
    start: number
    from: number
    quarters: number
    timeZone: string
    granularity?: string | undefined
  }
  readonly groupBy: readonly Dimension[]
  readonly metrics: readonly Metric[]
  readonly filters: Readonly<Record<string, readonly string[] | undefined>>
  readonly filtered: number
  readonly sorted: readonly { readonly at: number; readonly order: 'Asc' | 'Desc' }[]
  readonly limit: number | undefined
  readonly other: boolean
  readonly isCompared: boolean
}

function questionOf(drawn: Drawn): Question {
  const { interval, groupBy, sorted, limit } = drawn
  const start = interval.start + interval.from * QUARTER_MS
  const end = Math.min(start + interval.quarters * QUARTER_MS, TEST_NOW)
  const filters = Object.fromEntries(Object.entries(drawn.filters).slice(0, drawn.filtered % 3))
  const isApart = (metric: Metric) =>
    [...groupBy, ...Object.keys(filters)].some((name) => METRICS[metric].notBy.some((other) => other === name))
  const metrics = drawn.metrics.filter((metric) => !isApart(metric))
  const sortable = [...groupBy, ...EXACT.filter((metric) => !isApart(metric))]
  const fields = new Map(
    sorted.map(({ at, order }) => [sortable[at % sortable.length] ?? ('requests' as const), order]),
  )
  const granularity = interval.granularity as Question['granularity']
  const isCompared = drawn.isCompared && granularity !== 'Minute'
  return {
    start,
    end,
    previousStart: isCompared ? start - (end - start) : undefined,
    timeZone: interval.timeZone,
    granularity,
    groupBy,
    metrics: metrics.length === 0 ? ['requests'] : metrics,
    filters,
    sortBy: [...fields].map(([fieldName, order]) => ({ fieldName, order })),
    limit,
    other: drawn.other,
  }
}

const bodyOf = ({ start, end, previousStart, limit, ...asked }: Question) => ({
  ...asked,
  interval: `${new Date(start).toISOString()}/${new Date(end).toISOString()}`,
  ...(limit === undefined ? {} : { limit }),
  ...(previousStart === undefined ? {} : { compare: 'previous' }),
})

async function ask(asked: Question, accept = 'application/json') {
  const answer = await usage.call('acme', {
    method: 'POST',
    url: '/v1/usage/query',
    payload: bodyOf(asked),
    headers: { accept },
  })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer
}

type Row = Readonly<Record<string, unknown>> & { readonly previous?: Readonly<Record<string, unknown>> }

async function rowsOf(asked: Question): Promise<readonly Row[]> {
  return ((await ask(asked)).json() as { rows: readonly Row[] }).rows
}

function expectMetrics(row: Row, exact: RecountedRow['metrics'], metrics: readonly Metric[], what: string): void {
  for (const metric of metrics) {
    const [value, expected = null] = [row[metric], exact[metric]]
    const tolerance = metric.startsWith('durationP') ? 0.02 : metric === 'durationAvg' ? 1e-9 : 0
    if (expected === null || tolerance === 0) expect(value, `${metric} of ${what}`).toBe(expected)
    else expect(Math.abs(Number(value) - expected), `${metric} of ${what}`).toBeLessThanOrEqual(expected * tolerance)
  }
}

/** Whole months and days have another length than their time where a clock changes; those have tests of their own. */
function isByLength({ start, end, timeZone }: Question): boolean {
  const isMidnight = (time: number) =>
    new Intl.DateTimeFormat('en', { timeZone, timeStyle: 'short', hourCycle: 'h23' }).format(time) === '00:00'
  return !(isMidnight(start) && isMidnight(end))
}

test('any question is answered as a recount of the calls says, row by row and in its order', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (asked) => {
      fc.pre(asked.end > asked.start && (asked.previousStart === undefined || isByLength(asked)))
      const expected = recountedUsage(events, asked)
      const rows = await rowsOf(asked)
      const keyOf = (time: unknown) =>
        asked.granularity === undefined ? undefined : keyOfTime(String(time), asked.granularity)
      const found = rows.map((row) => [keyOf(row.time), ...asked.groupBy.map((name) => row[name])])
      expect(found).toEqual(expected.map(({ time, dimensions }) => [time, ...Object.values(dimensions)]))
      for (const [index, { metrics, previous, dimensions }] of expected.entries()) {
        const row = rows[index] ?? {}
        expectMetrics(row, metrics, asked.metrics, JSON.stringify(dimensions))
        if (previous === undefined) expect(row.previous).toBeUndefined()
        else expectMetrics(row.previous ?? {}, previous, asked.metrics, `previous ${JSON.stringify(dimensions)}`)
      }
    }),
    { numRuns: 150 },
  )
})

test('every format has the same rows as JSON', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (asked) => {
      fc.pre(asked.end > asked.start)
      const rows = await rowsOf(asked)
      const lines = (await ask(asked, 'application/x-ndjson')).body.split('\n').slice(0, -1)
      expect(lines.map((line) => JSON.parse(line))).toEqual(rows)
      const columns = columnsOf(asked)
      const [header, ...cells] = csvRows((await ask(asked, 'text/csv')).body)
      expect(header).toEqual(columns)
      expect(cells).toEqual(rows.map((row) => columns.map((name) => String(cellOf(row, name) ?? ''))))
      const table = await parquetRows((await ask(asked, 'application/vnd.apache.parquet')).rawPayload)
      const inUtc = (row: Row, name: string) => (name === 'time' ? Date.parse(String(row.time)) : cellOf(row, name))
      expect(table).toEqual(rows.map((row) => Object.fromEntries(columns.map((name) => [name, inUtc(row, name)]))))
    }),
    { numRuns: 40 },
  )
})

function columnsOf({ granularity, groupBy, metrics, previousStart }: Question): readonly string[] {
  const before = previousStart === undefined ? [] : metrics.map((metric) => `previous.${metric}`)
  return [...(granularity === undefined ? [] : ['time']), ...groupBy, ...metrics, ...before]
}

function cellOf(row: Row, column: string): unknown {
  const [name = '', inner] = column.split('.')
  return inner === undefined ? row[name] : row.previous?.[inner]
}

/** RFC 4180, a character at a time. */
function csvRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  let cell = ''
  let isQuoted = false
  const endCell = () => {
    rows.at(-1)?.push(cell)
    cell = ''
  }
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (isQuoted) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') cell += text[++at]
      else isQuoted = false
    } else if (sign === '"') isQuoted = true
    else if (sign === ',') endCell()
    else if (sign === '\r' && text[at + 1] === '\n') {
      endCell()
      rows.push([])
      at++
    } else cell += sign
  }
  return rows.slice(0, -1)
}

let files = 0
async function parquetRows(bytes: Buffer): Promise<readonly Record<string, unknown>[]> {
  const path = join(folder, `${++files}.parquet`)
  writeFileSync(path, bytes)
  const connection = await duckDb.connect()
  try {
    const described = await connection.runAndReadAll(`DESCRIBE FROM '${path}'`)
    const isTime = described.getRows().some(([name]) => name === 'time')
    const select = isTime ? '* REPLACE (epoch_ms("time") AS "time")' : '*'
    const read = await connection.runAndReadAll(`SELECT ${select} FROM '${path}'`)
    return read
      .getRowObjects()
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
        ),
      )
  } finally {
    connection.disconnectSync()
  }
}
