import { clientId as administrator } from '../running-server.ts'
import { COUNTS, type Counts, type KeyName, type Ledger } from './ledger.ts'
import { ORGANIZATIONS } from './traffic.ts'

const DAY_MS = 86_400_000
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

type Row = Readonly<Record<string, unknown>>

/** A question to the platform's endpoints about one organization. */
export interface Question {
  readonly path: string
  readonly body: object
  /** The key of KEYS that a row of the answer stands for. */
  readonly keyOf: (row: Row) => string
  readonly countsOf: (row: Row) => Counts
  readonly expected: (ledger: Ledger, organizationId: string) => ReadonlyMap<string, Counts>
}

const text = (row: Row, name: string) => String(row[name] ?? '')
const countsAs = (requests: string) => (row: Row) =>
  COUNTS.map((name) => Number(row[name === 'requests' ? requests : name]))
const ledgerOf = (name: KeyName) => (ledger: Ledger, organizationId: string) => ledger.of(name, organizationId)

/** All counts that an organization is given, in several ways; those by client are asked of the administrator's own only. */
export function questions(now: number, organizationId: string): readonly Question[] {
  const interval = `${dayOf(now - 800 * DAY_MS)}/${dayOf(now + DAY_MS)}`
  const usage = (name: KeyName, body: object, keyOf: Question['keyOf']): Question => ({
    path: '/api/v2/usage/query',
    body: { interval, ...body },
    keyOf,
    countsOf: countsAs('requests'),
    expected: ledgerOf(name),
  })
  const firstJobDay = dayOf(now - 80 * DAY_MS)
  const all = [
    usage('client', {}, (row) => text(row, 'clientId')),
    usage(
      'dayAndClient',
      { granularity: 'Day', groupBy: ['OAuthClientId'] },
      (row) => `${text(row, 'date').slice(0, 10)} ${text(row, 'clientId')}`,
    ),
    usage(
      'templateAndMethod',
      { groupBy: ['TemplateUri', 'HttpMethod'] },
      (row) => `${text(row, 'templateUri')} ${text(row, 'httpMethod')}`,
    ),
    usage(
      'monthAndUser',
      { granularity: 'Month', groupBy: ['UserId'] },
      (row) => `${text(row, 'date').slice(0, 7)} ${text(row, 'userId')}`,
    ),
    {
      path: '/api/v2/usage/simplesearch',
      body: { interval, metrics: ['TemplateUri', 'HttpMethod', ...COUNTS.slice(1).map((name) => `S${name.slice(1)}`)] },
      keyOf: (row: Row) => `${text(row, 'templateUri')} ${text(row, 'httpMethod')}`,
      // Simple search has no count of all requests.
      countsOf: (row: Row) => [Number.NaN, ...COUNTS.slice(1).map((name) => Number(row[name]))],
      expected: (ledger: Ledger, organization: string) =>
        new Map(
          [...ledger.of('templateAndMethod', organization)].map(([key, counts]) => [
            key,
            [Number.NaN, ...counts.slice(1)],
          ]),
        ),
    },
    {
      path: '/api/v2/usage/aggregates/query/jobs',
      body: { interval: `${firstJobDay}/${dayOf(now + DAY_MS)}`, granularity: 'Day', groupBy: ['TemplateUri'] },
      keyOf: (row: Row) => `${text(row, 'date').slice(0, 10)} ${text(row, 'templateUri')}`,
      countsOf: countsAs('requestCount'),
      expected: (ledger: Ledger, organization: string) =>
        new Map([...ledger.of('dayAndTemplate', organization)].filter(([key]) => key.slice(0, 10) >= firstJobDay)),
    },
  ] satisfies readonly Question[]
  return organizationId === '' ? [...all, ofOneClient(interval)] : all
}

/** The administrator's own client: in its organization and in all others, where the platform reported its calls. */
function ofOneClient(interval: string): Question {
  return {
    path: `/api/v2/oauth/clients/${administrator}/usage/query`,
    body: { interval, groupBy: ['OrganizationId'] },
    keyOf: (row) => text(row, 'organizationId'),
    countsOf: countsAs('requests'),
    expected: (ledger) =>
      new Map(
        ORGANIZATIONS.flatMap((organizationId) => {
          const counts = ledger.of('client', organizationId).get(administrator)
          return counts === undefined ? [] : [[organizationId, counts] as const]
        }),
      ),
  }
}
