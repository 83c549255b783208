import { PLATFORM_METRICS } from '../../packages/server/src/domain/catalogue.ts'
import type { UsageQuery } from '../../packages/server/src/domain/usage-query.ts'
import { translateOrganizationJob } from '../../packages/server/src/http/platform/translations/organization-job.ts'
import { translateUsageQuery } from '../../packages/server/src/http/platform/translations/usage-query.ts'
import { ORGANIZATION_ID } from '../data-folder.ts'
import { EVENT_CLIENTS, ROUTE_TEMPLATES } from '../events.ts'
import { SMALL_ID, SMALL_NUMBER } from './rollups.ts'

const DAY_MS = 86_400_000
const DAY_MINUTES = 1_440

/** One of the six typical questions, in the words of everybody who is asked it. */
export interface Question {
  readonly name: string
  readonly organization: { readonly id: number; readonly organizationId: string }
  readonly query: UsageQuery
  /** Without one no operation of the API can ask it: then the store is asked. */
  readonly http?: { readonly path: string; readonly body: object }
  /** The same sums out of the same tables, for ClickHouse. */
  readonly clickHouse: string
  /** Milliseconds at the 95th percentile (design.md §9). */
  readonly targetP95: number
}

const SUMS = 'sum(status200), sum(status300), sum(status400), sum(status500), sum(status429), sum(requests)'
const LARGE = { id: 1, organizationId: ORGANIZATION_ID }
const SMALL = { id: SMALL_NUMBER, organizationId: SMALL_ID }

/** @param now milliseconds since 1970; the intervals end with its day. */
export function questionsAt(now: number): readonly Question[] {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const end = today + DAY_MS
  const daysAgo = (days: number) => new Date(today - days * DAY_MS).toISOString().slice(0, 10)
  const lastDays = (days: number) => `${daysAgo(days - 1)}/${daysAgo(0)}`
  const overUsage = (body: Parameters<typeof translateUsageQuery>[0]) => ({
    query: translateUsageQuery(body, now),
    http: { path: '/api/v2/usage/query', body },
  })
  const since = (days: number) => `bucket >= ${end / 60_000 - days * DAY_MINUTES} AND bucket < ${end / 60_000}`
  const month = overUsage({ interval: lastDays(30), granularity: 'Day', groupBy: ['OAuthClientId'] })
  const [client = ''] = EVENT_CLIENTS.slice(5)
  const templates = ROUTE_TEMPLATES.filter((_, index) => index % 110 === 0)
    .slice(0, 20)
    .map((path) => path.slice(1))
  const job = {
    interval: lastDays(90),
    granularity: 'Day',
    groupBy: ['TemplateUri'],
    templateUris: templates,
  } satisfies Parameters<typeof translateOrganizationJob>[0]
  return [
    {
      name: '30 days by client and day',
      organization: LARGE,
      ...month,
      clickHouse: joined('usage_day', 'intDiv(bucket, 1440)', 1, 1, since(30)),
      targetP95: 25,
    },
    {
      name: 'the same in Berlin’s days',
      organization: LARGE,
      query: { ...month.query, timeZone: 'Europe/Berlin' },
      clickHouse: joined('usage_fine', "toDate(toDateTime(bucket * 60), 'Europe/Berlin')", 1, 1, since(30)),
      targetP95: 40,
    },
    {
      name: 'a year by template',
      organization: LARGE,
      ...overUsage({ interval: lastDays(365), groupBy: ['TemplateUri'] }),
      clickHouse: joined('usage_day', '0', 3, 1, since(365)),
      targetP95: 25,
    },
    {
      name: 'one client’s week by hour',
      organization: LARGE,
      query: {
        interval: { start: end - 7 * DAY_MS, end },
        timeZone: 'UTC',
        granularity: 'Hour',
        groupBy: [],
        metrics: PLATFORM_METRICS,
        filters: { clientId: [client] },
        sortBy: [],
      },
      clickHouse: `SELECT intDiv(bucket, 60) AS period, ${SUMS} FROM usage_fine WHERE organization = 1 AND ${since(7)}
        AND client_id IN (SELECT id FROM dimension_value WHERE organization = 1 AND dimension = 1 AND value = '${client}')
        GROUP BY period ORDER BY period`,
      targetP95: 5,
    },
    {
      name: 'a small organization’s year by client and month',
      organization: SMALL,
      ...overUsage({ interval: lastDays(365), granularity: 'Month', groupBy: ['OAuthClientId'] }),
      clickHouse: joined('usage_day', 'toStartOfMonth(toDateTime(bucket * 60))', 1, SMALL_NUMBER, since(365)),
      targetP95: 8,
    },
    {
      name: '90 days of 20 templates by day',
      organization: LARGE,
      query: translateOrganizationJob(job, now),
      http: { path: '/api/v2/usage/aggregates/query/jobs', body: job },
      clickHouse: joined(
        'usage_day',
        'intDiv(bucket, 1440)',
        3,
        1,
        `${since(90)} AND template_uri IN (
        SELECT id FROM dimension_value WHERE organization = 1 AND dimension = 3
          AND value IN (${templates.map((template) => `'${template}'`)}))`,
      ),
      targetP95: 25,
    },
  ]
}

const COLUMNS: Readonly<Record<number, string>> = { 1: 'client_id', 3: 'template_uri' }

/** Sums by period and the text of a dimension, as the store makes them: ids first, texts joined to the few groups. */
function joined(table: string, period: string, dimension: number, organization: number, where: string): string {
  const id = COLUMNS[dimension]
  return `SELECT period, value, sums.* FROM (
      SELECT ${period} AS period, ${id} AS id, ${SUMS} FROM ${table} WHERE organization = ${organization} AND ${where}
      GROUP BY period, id
    ) AS sums JOIN (
      SELECT id, value FROM dimension_value WHERE organization = ${organization} AND dimension = ${dimension}
    ) AS texts ON texts.id = sums.id ORDER BY period, value`
}
