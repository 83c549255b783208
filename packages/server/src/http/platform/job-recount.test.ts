import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import type { UsageEvent } from '../../domain/usage-event.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TEST_NOW } from '../test-app.ts'
import { TestUsageApp } from '../test-usage-app.ts'

// Jobs over random calls, against a count and an order made here of the raw events, in the plainest way.
const QUARTER_MS = 900_000
const DAY_MS = 86_400_000
const FIRST = Date.UTC(2026, 7, 24)
const DAYS = 45
const METRICS = ['Requests', 'Status200', 'Status300', 'Status400', 'Status429', 'Status500'] as const
const COUNTS = ['requestCount', 'status200', 'status300', 'status400', 'status429', 'status500'] as const
/** Names that UTF-16 puts in another order than code points do; two clients share one. */
const NAMES = new Map([
  ['c-1', '\u{1F600} first'],
  ['c-2', '\uFF21 second'],
  ['c-3', '\u{1F600} first'],
  ['C-4', 'Zed'],
])
const PLATFORMS = ['', 'web', 'Web', '\u{1F4F1}', '\uFF37']
const TEMPLATES = ['api/v2/users', 'api/v2/users/{userId}', 'api/v2/conversations', '(unmatched)', '/']
const USERS = ['', 'u-1', 'u-2', '\u{10400}', '\uFB01']
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PURGE']

/** What the fields of a sort, the words of groupBy and the filters mean, in the words of an entity. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Platform: ['platform'],
  HttpMethod: ['httpMethod'],
  TemplateUri: ['templateUri'],
  OauthClientId: ['oauthClientId', 'oauthClientName'],
  OauthClientName: ['oauthClientName'],
  UserId: ['userId'],
  OrganizationId: ['organizationId'],
}
const FILTERS: Readonly<Record<string, string>> = {
  platforms: 'platform',
  httpMethods: 'httpMethod',
  templateUris: 'templateUri',
  oauthClientIds: 'oauthClientId',
  userIds: 'userId',
  organizationIds: 'organizationId',
}
const ORDER = ['platform', 'httpMethod', 'templateUri', 'oauthClientId', 'oauthClientName', 'userId', 'organizationId']
const SORTABLE = ['date', 'Requests', 'Status429', ...ORDER, ...COUNTS, 'OAUTHCLIENTNAME', 'requestcount']

interface Asked {
  readonly start: number
  readonly end: number
  readonly granularity: 'Day' | 'Week' | 'Month' | undefined
  readonly metrics: readonly (typeof METRICS)[number][] | undefined
  readonly groupBy: readonly string[] | undefined
  readonly sortBy: readonly { readonly fieldName: string; readonly order: 'Asc' | 'Desc' }[]
  readonly filters: Readonly<Record<string, readonly string[] | undefined>>
}

interface Row {
  readonly date: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly counts: Record<(typeof COUNTS)[number], number>
}

const anyEvent = fc.record({
  time: fc.integer({ min: FIRST, max: FIRST + DAYS * DAY_MS - 1 }),
  organizationId: fc.constantFrom('acme', 'guest'),
  clientId: fc.constantFrom('', 'c-5', ...NAMES.keys()),
  userId: fc.constantFrom(...USERS),
  platform: fc.constantFrom(...PLATFORMS),
  httpMethod: fc.constantFrom(...METHODS),
  templateUri: fc.constantFrom(...TEMPLATES),
  status: fc.constantFrom(101, 200, 204, 301, 304, 400, 404, 429, 429, 500, 503),
})
const events: readonly UsageEvent[] = fc.sample(anyEvent, { numRuns: 800, seed: 4 }).map((event) => anEvent(event))

let usage: TestUsageApp
beforeAll(async () => {
  usage = await TestUsageApp.open((folder) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => TEST_NOW, log: SILENT_LOG }),
  )
  await usage.addCaller('acme', ['usage:organization:view', 'usage:client:view'])
  await usage.addCaller('guest', ['usage:client:view'])
  for (const [id, name] of NAMES) await usage.addClient('acme', id, name)
  for (const id of NAMES.keys()) await usage.store.authorize('guest', id)
  await commitEvents(usage.store, events.slice(0, 500))
  await usage.store.maintain()
  await commitEvents(usage.store, events.slice(500))
})
afterAll(() => usage[Symbol.asyncDispose]())

const someOf = <Value>(values: readonly Value[]) => fc.option(fc.subarray([...values]), { nil: undefined, freq: 2 })

/** Any question, from one quarter of an hour to a later one. */
function anyQuestion(groupBy: readonly string[], filters: Readonly<Record<string, readonly string[]>>) {
  const quarters = fc.tuple(fc.nat(DAYS * 96 - 1), fc.integer({ min: 1, max: DAYS * 96 }))
  const shared = { platforms: PLATFORMS, httpMethods: METHODS.slice(0, 6), templateUris: TEMPLATES }
  const lists = Object.entries({ ...shared, ...filters }).map(([name, values]) => [name, someOf(values)])
  return fc
    .record({
      quarters,
      granularity: fc.constantFrom('Day' as const, 'Week' as const, 'Month' as const, undefined),
      metrics: someOf(METRICS),
      groupBy: someOf(groupBy),
      sortBy: fc.array(
        fc.record({ fieldName: fc.constantFrom(...SORTABLE), order: fc.constantFrom('Asc' as const, 'Desc' as const) }),
        { maxLength: 4 },
      ),
      filters: fc.record(Object.fromEntries(lists) as Record<string, fc.Arbitrary<string[] | undefined>>),
    })
    .map(({ quarters: [from, length], ...asked }): Asked => {
      const start = FIRST + from * QUARTER_MS
      return { ...asked, start, end: start + length * QUARTER_MS }
    })
}

/** Submits the job and reads it to its end, page by page. */
async function entitiesOf(url: string, { start, end, filters, ...asked }: Asked, pageSize: number): Promise<unknown[]> {
  const interval = `${new Date(start).toISOString()}/${new Date(end).toISOString()}`
  const payload = JSON.stringify({ interval, ...asked, ...filters })
  const posted = await usage.call('acme', { method: 'POST', url, payload })
  expect(posted.statusCode, posted.body).toBe(202)
  await usage.idle()
  const entities: unknown[] = []
  let uri: string | undefined = `${posted.json().resultsUri}?pageSize=${pageSize}`
  while (uri !== undefined) {
    const answer = await usage.call('acme', { method: 'GET', url: uri })
    const page: { entities: unknown[]; nextUri?: string } = answer.json()
    expect(page).toMatchObject({ queryStatus: 'Succeeded' })
    entities.push(...page.entities)
    uri = page.nextUri
  }
  return entities
}

function recount(calls: readonly UsageEvent[], asked: Asked, everything: readonly string[]): readonly Row[] {
  const words = asked.groupBy === undefined || asked.groupBy.length === 0 ? everything : asked.groupBy
  const keys = ORDER.filter((key) => words.some((word) => GROUPS[word]?.includes(key)))
  const rows = new Map<string, Row>()
  for (const call of calls) {
    if (call.time < asked.start || call.time >= asked.end) continue
    const all = dimensionsOf(call)
    const passes = Object.entries(asked.filters).every(
      ([name, values = []]) => values.length === 0 || values.includes(all[FILTERS[name] ?? ''] ?? ''),
    )
    if (!passes) continue
    const date = firstDay(call.time, asked.granularity ?? 'Day')
    const dimensions = Object.fromEntries(keys.map((key) => [key, all[key] ?? '']))
    const key = JSON.stringify([date, dimensions])
    const row = rows.get(key) ?? { date, dimensions, counts: zeros() }
    rows.set(key, row)
    row.counts.requestCount += 1
    if (call.status === 429) row.counts.status429 += 1
    for (const digit of [2, 3, 4, 5] as const) {
      if (Math.floor(call.status / 100) === digit) row.counts[`status${digit}00`] += 1
    }
  }
  return [...rows.values()].toSorted((a, b) => compareRows(a, b, asked.sortBy))
}

const zeros = () => ({ requestCount: 0, status200: 0, status300: 0, status400: 0, status429: 0, status500: 0 })

function dimensionsOf(call: UsageEvent): Record<string, string> {
  const { platform, httpMethod, templateUri, clientId, userId, organizationId } = call
  const oauthClientName = NAMES.get(clientId) ?? ''
  return { platform, httpMethod, templateUri, oauthClientId: clientId, oauthClientName, userId, organizationId }
}

function firstDay(time: number, granularity: 'Day' | 'Week' | 'Month'): string {
  const day = new Date(time)
  if (granularity === 'Week') while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() - 1)
  if (granularity === 'Month') day.setUTCDate(1)
  return day.toISOString().slice(0, 10)
}

function compareRows(a: Row, b: Row, sortBy: Asked['sortBy']): number {
  for (const { fieldName, order } of sortBy) {
    const difference = compareValues(fieldOf(a, fieldName), fieldOf(b, fieldName))
    if (difference !== 0) return order === 'Asc' ? difference : -difference
  }
  for (const field of ['date', ...ORDER]) {
    const difference = compareValues(fieldOf(a, field), fieldOf(b, field))
    if (difference !== 0) return difference
  }
  return 0
}

function fieldOf({ date, dimensions, counts }: Row, fieldName: string): string | number {
  const wanted = fieldName.toLowerCase() === 'requests' ? 'requestcount' : fieldName.toLowerCase()
  const all: Record<string, string | number> = { date, ...dimensions, ...counts }
  return Object.entries(all).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
}

function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [[...String(a)], [...String(b)]]
  for (const [index, character] of left.entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** As wire.md §3 has it: what is missing and what was not asked for is left out. */
function entityOf({ date, dimensions, counts }: Row, { metrics }: Asked): unknown {
  const asked = metrics === undefined || metrics.length === 0 ? METRICS : metrics
  const {
    platform,
    httpMethod,
    templateUri,
    oauthClientId: id,
    oauthClientName: name,
    userId,
    organizationId,
  } = dimensions
  const filled = (object: object) => {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined && value !== '')
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  return filled({
    date,
    platform,
    httpMethod,
    templateUri,
    ...Object.fromEntries(
      COUNTS.filter((_, index) => asked.includes(METRICS[index] ?? 'Requests')).map((key) => [key, counts[key]]),
    ),
    oauthClient: filled({ id, name, selfUri: id ? `/api/v2/oauth/clients/${encodeURIComponent(id)}` : '' }),
    user: filled({ id: userId, selfUri: userId ? `/api/v2/users/${encodeURIComponent(userId)}` : '' }),
    organizationId,
  })
}

test('any job of an organization is a recount of its calls, in the order asked for', async () => {
  const everything = ['Platform', 'HttpMethod', 'TemplateUri', 'OauthClientId', 'OauthClientName', 'UserId']
  const filters = { userIds: USERS, oauthClientIds: ['', 'c-5', ...NAMES.keys()] }
  const calls = events.filter(({ organizationId }) => organizationId === 'acme')
  await fc.assert(
    fc.asyncProperty(anyQuestion(everything, filters), fc.constantFrom(37, 1000), async (asked, pageSize) => {
      const entities = await entitiesOf('/api/v2/usage/aggregates/query/jobs', asked, pageSize)
      const expected = recount(calls, asked, everything).map((row) => entityOf(row, asked))
      expect(JSON.stringify(entities)).toBe(JSON.stringify(expected))
    }),
    { numRuns: 60 },
  )
})

test('any job of a client is a recount of its calls wherever it is authorized, in the order asked for', async () => {
  const everything = ['Platform', 'HttpMethod', 'TemplateUri', 'OrganizationId']
  const calls = events.filter(({ clientId }) => clientId === 'c-1')
  await fc.assert(
    fc.asyncProperty(
      anyQuestion(everything, { organizationIds: ['acme', 'guest', 'nowhere'] }),
      fc.constantFrom(7, 1000),
      async (asked, pageSize) => {
        const entities = await entitiesOf('/api/v2/usage/client/c-1/aggregates/query/jobs', asked, pageSize)
        const expected = recount(calls, asked, everything).map((row) => entityOf(row, asked))
        expect(JSON.stringify(entities)).toBe(JSON.stringify(expected))
      },
    ),
    { numRuns: 40 },
  )
})
