import type { Dimension, Metric } from '../../domain/catalogue.ts'
import { columnsOf, type UsageQuery } from '../../domain/usage-query.ts'
import type { UsageRow } from '../kept-rows.ts'

/** A field of an entity: its JSON value of this row, undefined where the entity goes without it. */
export interface EntityField {
  readonly key: string
  readonly value: (row: UsageRow) => string | undefined
}

/** The first dimensions of an entity, in the order of its keys. */
export const JOB_DIMENSIONS = ['platform', 'httpMethod', 'templateUri'] as const satisfies readonly Dimension[]

/** The metrics of an entity, in the order of its keys. */
const METRIC_KEYS = [
  ['requestCount', 'requests'],
  ['status200', 'status200'],
  ['status300', 'status300'],
  ['status400', 'status400'],
  ['status429', 'status429'],
  ['status500', 'status500'],
] as const satisfies readonly (readonly [string, Metric])[]

/** What the entities of both kinds of job begin with: date, three dimensions, and the metrics that were asked for. */
export function jobEntityFields(query: UsageQuery): readonly EntityField[] {
  const columns = columnsOf(query)
  const time = columns.indexOf('time')
  const asked = METRIC_KEYS.filter(([, metric]) => query.metrics.includes(metric))
  return [
    { key: 'date', value: (row) => (time < 0 ? undefined : `"${dateOf(Number(row[time]))}"`) },
    ...JOB_DIMENSIONS.map((dimension) => textField(query, dimension)),
    ...asked.map(([key, metric]): EntityField => {
      const column = columns.indexOf(metric)
      return { key, value: (row) => String(row[column]) }
    }),
  ]
}

/** A dimension under its own name. */
export function textField(query: UsageQuery, dimension: Dimension): EntityField {
  const text = textOf(query, dimension)
  return {
    key: dimension,
    value: (row) => {
      const value = text(row)
      return value === '' ? undefined : JSON.stringify(value)
    },
  }
}

/** The value of a dimension in each row; "" where it is missing, and everywhere when it was not grouped by. */
export function textOf(query: UsageQuery, dimension: Dimension): (row: UsageRow) => string {
  const column = columnsOf(query).indexOf(dimension)
  return (row) => (column < 0 ? '' : String(row[column] ?? ''))
}

/** Writes what each row has of the fields, in their order. */
export function objectWriter(fields: readonly EntityField[]): (row: UsageRow) => string {
  return (row) => {
    let text = ''
    for (const { key, value } of fields) {
      const json = value(row)
      if (json !== undefined) text += `${text === '' ? '' : ','}"${key}":${json}`
    }
    return `{${text}}`
  }
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
