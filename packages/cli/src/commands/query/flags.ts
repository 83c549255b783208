import type { UsageBucket, UsageDimension, UsageFilters, UsageMeasure, UsageTableQuery } from '@routemeter/client'
import { InvalidArgumentError } from 'commander'
import type { FormatFlags } from '../../output/rows.ts'
import type { AccessFlags } from '../../server-access.ts'

export interface QueryFlags extends AccessFlags, FormatFlags {
  readonly interval?: string
  readonly timeZone?: string
  readonly by?: readonly UsageDimension[]
  readonly granularity?: UsageBucket
  readonly metrics?: readonly UsageMeasure[]
  readonly filter?: UsageFilters
  readonly sort?: UsageTableQuery['sortBy']
  readonly limit?: number
  readonly other?: boolean
  readonly compare?: boolean
  readonly chart?: boolean
  readonly csv?: string
  readonly ndjson?: string
  readonly parquet?: string
}

/** What rows are grouped by. */
export const DIMENSIONS: readonly UsageDimension[] = [
  'clientId',
  'clientName',
  'organizationId',
  'userId',
  'templateUri',
  'httpMethod',
  'platform',
  'statusClass',
]

/** What is counted or measured, with a heading that leaves room for the rest. */
export const METRICS: Readonly<Record<UsageMeasure, string>> = {
  requests: 'requests',
  status200: '2xx',
  status300: '3xx',
  status400: '4xx',
  status429: '429',
  status500: '5xx',
  errorRate: 'errors',
  serverErrorRate: '5xx rate',
  rateLimitedRate: '429 rate',
  requestBytes: 'bytes in',
  responseBytes: 'bytes out',
  durationAvg: 'avg ms',
  durationP50: 'p50 ms',
  durationP95: 'p95 ms',
  durationP99: 'p99 ms',
  durationMax: 'max ms',
}
export const METRIC_NAMES = Object.keys(METRICS) as readonly UsageMeasure[]

/** What is counted when nothing is said. */
export const USUAL_METRICS = ['requests', 'status200', 'status300', 'status400', 'status429', 'status500'] as const

export const GRANULARITIES: readonly UsageBucket[] = ['Minute', 'Minute15', 'Hour', 'Day', 'Week', 'Month']

/** Reads names separated by commas, in any case; a repeated option adds to them. */
export function namesOf<Name extends string>(names: readonly Name[]) {
  const name = oneOf(names)
  return (text: string, before: readonly Name[] = []): readonly Name[] => [
    ...new Set([...before, ...text.split(',').map((each) => name(each.trim()))]),
  ]
}

export function oneOf<Name extends string>(names: readonly Name[]) {
  return (text: string): Name => {
    const found = names.find((name) => name.toLowerCase() === text.toLowerCase())
    if (found === undefined) throw new InvalidArgumentError(`${JSON.stringify(text)} is none of ${names.join(', ')}.`)
    return found
  }
}

/** Reads `userId=ann`: repeated for one dimension, any of the values. A value may have commas in it. */
export function addFilter(text: string, before: UsageFilters = {}): UsageFilters {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError(`${JSON.stringify(text)} is not like userId=ann.`)
  const dimension = oneOf(DIMENSIONS)(text.slice(0, equals).trim())
  const values: readonly string[] = before[dimension] ?? []
  return { ...before, [dimension]: [...values, text.slice(equals + 1)] }
}

/** Reads `durationP95:desc`; without a direction the smallest comes first for names, the largest for numbers. */
export function addSortField(
  text: string,
  before: NonNullable<UsageTableQuery['sortBy']> = [],
): NonNullable<UsageTableQuery['sortBy']> {
  const [name = '', direction] = text.split(':')
  const fieldName = oneOf(['time', ...DIMENSIONS, ...METRIC_NAMES] as const)(name.trim())
  const isNumber = METRIC_NAMES.some((metric) => metric === fieldName)
  const order =
    direction === undefined ? (isNumber ? 'Desc' : 'Asc') : oneOf(['Asc', 'Desc'] as const)(direction.trim())
  return [...before, { fieldName, order }]
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no whole number from 1 on.`)
}
