import { dateOf, day, type FixtureEvent } from './fixture.ts'
import { type Dimension, entityOf, type Group, METRICS, type Metric, type Question, recount, rowOf } from './recount.ts'

export const OPERATIONS = [
  'organizationQuery',
  'clientQuery',
  'clientSummary',
  'simpleSearch',
  'organizationJob',
  'clientJob',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** One step for every client that has the operation, and the rows that it must read, in order. */
export interface Case {
  readonly name: string
  readonly operation: Operation
  readonly clientId?: string
  readonly days?: string
  readonly body?: object
  readonly pageSize?: number
  readonly rows: readonly object[]
}

export interface CaseSource {
  readonly events: readonly FixtureEvent[]
  /** North's registered client. */
  readonly own: { readonly id: string; readonly name: string }
}

const WHOLE = { interval: `${dateOf(day(0))}/${dateOf(day(29))}`, from: day(0), to: day(30) }
const ROW_DIMENSIONS = ['clientId', 'clientName', 'organizationId', 'userId', 'templateUri', 'httpMethod'] as const
const at = (number: number, time: string) => `${dateOf(day(number))}T${time}`

/** Every case, as asked by north: north's calls, and the calls of north's client in north and south, never in west. */
export function casesOf({ events, own }: CaseSource): readonly Case[] {
  const nameOf = namesOf(events, own)
  const counted = (question: Omit<Question, 'nameOf'>) => recount(events, { nameOf, ...question })
  const inNorth = (event: FixtureEvent) => event.organizationId === 'north'
  const byOwn = (event: FixtureEvent) => event.clientId === own.id && event.organizationId !== 'west'
  const asked = { counted, inNorth, byOwn, own }
  return [
    ...organizationQueries(asked),
    ...clientQueries(asked),
    ...searches(asked),
    ...jobs(asked),
    ...clientJobs(asked),
  ]
}

interface Asked {
  readonly counted: (question: Omit<Question, 'nameOf'>) => readonly Group[]
  readonly inNorth: (event: FixtureEvent) => boolean
  readonly byOwn: (event: FixtureEvent) => boolean
  readonly own: CaseSource['own']
}

function organizationQueries({ counted, inNorth }: Asked): readonly Case[] {
  const query = (
    name: string,
    body: { interval?: string; granularity?: 'Day' | 'Week' | 'Month'; groupBy?: string[]; metrics?: string[] },
    by: readonly Dimension[] = ['clientId', 'clientName'],
    { from, to }: { from: number; to: number } = WHOLE,
    metrics: readonly Metric[] = METRICS,
  ): Case => ({
    name: `organization query, ${name}`,
    operation: 'organizationQuery',
    body: { interval: WHOLE.interval, ...body },
    rows: counted({ where: inNorth, from, to, by, ...granularityOf(body) }).map((group) => rowOf(group, metrics)),
  })
  const everything = ['OAuthClientId', 'OrganizationId', 'UserId', 'TemplateUri', 'HttpMethod']
  const hour = day(12) + 10 * 3_600_000
  const quarter = { from: hour, to: hour + 900_000 }
  const wholeDay = { from: day(10), to: day(11) }
  return [
    query('its interval alone', {}),
    query('by day and every dimension', { granularity: 'Day', groupBy: everything }, ROW_DIMENSIONS),
    query('by week and template', { granularity: 'Week', groupBy: ['TemplateUri'] }, ['templateUri']),
    query(
      'two metrics by month and method',
      { granularity: 'Month', groupBy: ['HttpMethod'], metrics: ['Requests', 'Status429'] },
      ['httpMethod'],
      WHOLE,
      ['requests', 'status429'],
    ),
    query('a day’s date on both sides', { interval: `${dateOf(day(10))}/${dateOf(day(10))}` }, undefined, wholeDay),
    query('midnight to midnight', { interval: `${at(10, '00:00:00Z')}/${at(11, '00:00:00Z')}` }, undefined, wholeDay),
    query('up to 23:59', { interval: `${at(10, '00:00')}/${at(10, '23:59')}` }, undefined, wholeDay),
    query('a day’s length', { interval: `${dateOf(day(10))}/P1D` }, undefined, wholeDay),
    query('a quarter of an hour', { interval: `${at(12, '10:00')}/${at(12, '10:15')}` }, undefined, quarter),
    query('moved outward', { interval: `${at(12, '10:07:30Z')}/${at(12, '10:08:00.001Z')}` }, undefined, quarter),
    query('with an offset', { interval: `${at(12, '12:00+02:00')}/${at(12, '12:15+02:00')}` }, undefined, quarter),
    query('nothing was called', { interval: `${dateOf(day(-9))}/${dateOf(day(-8))}` }, undefined, { from: 0, to: 0 }),
  ]
}

function clientQueries({ counted, byOwn, own }: Asked): readonly Case[] {
  const named = { operation: 'clientQuery', clientId: own.id } as const
  const summary = (days: string | undefined, from: number): Case => ({
    name: `client summary, ${days ?? 'no'} days`,
    operation: 'clientSummary',
    clientId: own.id,
    ...(days === undefined ? {} : { days }),
    rows: counted({ where: byOwn, from, to: day(31), by: ['clientId', 'clientName'], granularity: 'Day' }).map(
      (group) => rowOf(group),
    ),
  })
  const across = ['organizationId', 'templateUri', 'httpMethod'] as const
  return [
    {
      ...named,
      name: 'client query, its interval alone: north and south together',
      body: { interval: WHOLE.interval },
      rows: counted({ where: byOwn, ...WHOLE, by: ['clientId', 'clientName'] }).map((group) => rowOf(group)),
    },
    {
      ...named,
      name: 'client query, by day, organization, template and method',
      body: {
        interval: WHOLE.interval,
        granularity: 'Day',
        groupBy: ['OrganizationId', 'TemplateUri', 'HttpMethod'],
      },
      rows: counted({ where: byOwn, ...WHOLE, by: across, granularity: 'Day' }).map((group) => rowOf(group)),
    },
    summary(undefined, day(23)),
    summary('7', day(23)),
    summary('365', 0),
  ]
}

function searches({ counted, inNorth, own }: Asked): readonly Case[] {
  const statuses = METRICS.filter((name) => name !== 'requests')
  const columns = ['clientId', 'clientName', 'templateUri', 'httpMethod'] as const
  const httpMethods = ['GET', 'OPTIONS']
  const templateUris = ['api/v2/usage/query', 'login']
  const filtered = (event: FixtureEvent) =>
    inNorth(event) &&
    event.clientId === own.id &&
    httpMethods.includes(event.method) &&
    templateUris.includes(event.templateUri)
  const search = (
    name: string,
    body: object,
    rows: readonly Group[],
    metrics: readonly Metric[],
    pageSize?: number,
  ): Case => ({
    name: `simple search, ${name}`,
    operation: 'simpleSearch',
    body: { interval: WHOLE.interval, ...body },
    ...(pageSize === undefined ? {} : { pageSize }),
    rows: rows.map((group) => rowOf(group, metrics)),
  })
  const nineColumns = counted({ where: inNorth, ...WHOLE, by: columns, granularity: 'Day' })
  return [
    search('all nine columns in one page', {}, nineColumns, statuses),
    search('all nine columns, a hundred rows a page', {}, nineColumns, statuses, 100),
    search(
      'two columns',
      { metrics: ['ClientName', 'Status429'] },
      counted({ where: inNorth, ...WHOLE, by: ['clientId', 'clientName'] }),
      ['status429'],
    ),
    search(
      'filtered by name, methods and templates',
      { metrics: ['HttpMethod', 'Status200', 'Status400'], oauthClientNames: [own.name], httpMethods, templateUris },
      counted({ where: filtered, ...WHOLE, by: ['httpMethod'] }),
      ['status200', 'status400'],
    ),
  ]
}

function jobs({ counted, inNorth, own }: Asked): readonly Case[] {
  const everything = ['platform', 'httpMethod', 'templateUri', 'clientId', 'clientName', 'userId'] as const
  const filters = {
    templateUris: ['login', 'api/v2/usage/query', 'api/v2/größe/{id}'],
    httpMethods: ['GET', 'POST', 'DELETE'],
    platforms: ['web', 'mobile'],
    userIds: ['user-a', 'user-ç'],
    oauthClientIds: [own.id, 'app-alpha'],
  }
  const filtered = (event: FixtureEvent) =>
    inNorth(event) &&
    filters.templateUris.includes(event.templateUri) &&
    filters.httpMethods.includes(event.method) &&
    filters.platforms.includes(event.platform) &&
    filters.userIds.includes(event.userId) &&
    filters.oauthClientIds.includes(event.clientId)
  const byTemplate = counted({ where: inNorth, ...WHOLE, by: ['templateUri'], granularity: 'Day' })
  const job = (name: string, body: object, rows: readonly object[], pageSize?: number): Case => ({
    name: `organization job, ${name}`,
    operation: 'organizationJob',
    body: { interval: WHOLE.interval, ...body },
    ...(pageSize === undefined ? {} : { pageSize }),
    rows,
  })
  return [
    job(
      'its interval alone: not aggregated, by day',
      {},
      counted({ where: inNorth, ...WHOLE, by: everything, granularity: 'Day' }).map((group) => entityOf(group)),
    ),
    job(
      'two metrics by month and template',
      { granularity: 'Month', groupBy: ['TemplateUri'], metrics: ['Requests', 'Status429'] },
      counted({ where: inNorth, ...WHOLE, by: ['templateUri'], granularity: 'Month' }).map((group) =>
        entityOf(group, ['requests', 'status429']),
      ),
      3,
    ),
    job(
      'sorted by count, then by template',
      {
        groupBy: ['TemplateUri'],
        sortBy: [
          { fieldName: 'requestCount', order: 'Desc' },
          { fieldName: 'templateUri', order: 'Desc' },
          { fieldName: 'date', order: 'Asc' },
        ],
      },
      byTemplate
        .toSorted(
          (a, b) =>
            b.counts.requests - a.counts.requests ||
            byText(b.values.templateUri, a.values.templateUri) ||
            byText(a.date, b.date),
        )
        .map((group) => entityOf(group)),
      10,
    ),
    job(
      'all filters at once',
      { ...filters, granularity: 'Week', groupBy: ['OauthClientId', 'UserId', 'HttpMethod'] },
      counted({
        where: filtered,
        ...WHOLE,
        by: ['httpMethod', 'clientId', 'clientName', 'userId'],
        granularity: 'Week',
      }).map((group) => entityOf(group)),
    ),
  ]
}

function clientJobs({ counted, byOwn, own }: Asked): readonly Case[] {
  const everything = ['platform', 'httpMethod', 'templateUri', 'organizationId'] as const
  const inSouth = (event: FixtureEvent) => byOwn(event) && event.organizationId === 'south'
  const job = (name: string, body: object, rows: readonly object[], pageSize?: number): Case => ({
    name: `client job, ${name}`,
    operation: 'clientJob',
    clientId: own.id,
    body: { interval: WHOLE.interval, ...body },
    ...(pageSize === undefined ? {} : { pageSize }),
    rows,
  })
  return [
    job(
      'its interval alone: not aggregated, by day, fifty a page',
      {},
      counted({ where: byOwn, ...WHOLE, by: everything, granularity: 'Day' }).map((group) => entityOf(group)),
      50,
    ),
    job(
      'one organization, latest week first',
      {
        granularity: 'Week',
        organizationIds: ['south'],
        groupBy: ['OrganizationId', 'Platform'],
        sortBy: [
          { fieldName: 'date', order: 'Desc' },
          { fieldName: 'platform', order: 'Asc' },
        ],
      },
      counted({ where: inSouth, ...WHOLE, by: ['platform', 'organizationId'], granularity: 'Week' })
        .toSorted((a, b) => byText(b.date, a.date) || byText(a.values.platform, b.values.platform))
        .map((group) => entityOf(group)),
    ),
  ]
}

const byText = (a = '', b = '') => (a < b ? -1 : a > b ? 1 : 0)
const granularityOf = ({ granularity }: { granularity?: 'Day' | 'Week' | 'Month' }) =>
  granularity === undefined ? {} : { granularity }

/** The registered name where north's client is known, else the name in the latest call there that had one. */
function namesOf(events: readonly FixtureEvent[], own: CaseSource['own']): (event: FixtureEvent) => string {
  const keyOf = (event: FixtureEvent) => `${event.organizationId} ${event.clientId}`
  const latest = new Map<string, FixtureEvent>()
  for (const event of events) {
    if (event.clientName !== '' && event.time >= (latest.get(keyOf(event))?.time ?? 0)) latest.set(keyOf(event), event)
  }
  const registered = (event: FixtureEvent) => event.clientId === own.id && event.organizationId !== 'west'
  return (event) => (registered(event) ? own.name : (latest.get(keyOf(event))?.clientName ?? ''))
}
