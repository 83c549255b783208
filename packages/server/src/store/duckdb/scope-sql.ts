import { DIMENSIONS, type Dimension, type InternedDimension } from '../../domain/catalogue.ts'
import { columnOf, DIMENSION_CODES } from './columns.ts'
import type { Draft } from './select-draft.ts'
import { integer, integers, texts } from './sql.ts'

/** True for rows of the organizations in scope; part of every select. */
export function inScope({ organizations, values }: Draft, column: string): string {
  const [only] = organizations
  if (organizations.length === 1 && only !== undefined) {
    values.organization = integer(only.id)
    return `${column} = $organization`
  }
  values.organizations = integers(organizations.map(({ id }) => id))
  return `${column} IN (SELECT unnest($organizations))`
}

interface FilterSql {
  /** Columns of the rollup that the rest needs. */
  readonly columns: readonly string[]
  readonly joins: readonly string[]
  readonly conditions: readonly string[]
}

/** The filters by what is kept with the rows: values become ids, one that the dictionary lacks passes nothing. */
export function filterSql(draft: Draft): FilterSql {
  const dimensions = (Object.keys(draft.query.filters) as Dimension[]).filter((name) => {
    return DIMENSIONS[name].kept === 'interned' || name === 'clientName'
  })
  const columns = dimensions.map((name) => columnOf(name === 'clientName' ? 'clientId' : (name as InternedDimension)))
  const ids = dimensions.map((name) =>
    name === 'clientName' ? idsByName(draft) : idsByValue(draft, name as InternedDimension),
  )
  const isOne = draft.organizations.length === 1
  return {
    columns,
    joins: isOne ? [] : ids.map((pairs, index) => `SEMI JOIN (${pairs}) USING (organization, ${columns[index]})`),
    conditions: isOne
      ? ids.map((pairs, index) => `${columns[index]} IN (SELECT ${columns[index]} FROM (${pairs}))`)
      : [],
  }
}

/** Pairs of organization and id whose value is one of those asked for. */
function idsByValue(draft: Draft, dimension: InternedDimension): string {
  const asked = draft.query.filters[dimension] ?? []
  const column = columnOf(dimension)
  draft.values[dimension] = texts(asked)
  const found =
    `SELECT organization, id AS ${column} FROM dimension_value WHERE ${inScope(draft, 'organization')} ` +
    `AND dimension = ${DIMENSION_CODES[dimension]} AND value IN (SELECT unnest($${dimension}))`
  return asked.includes('') ? `${found} UNION ALL ${missing(draft, column)}` : found
}

function idsByName(draft: Draft): string {
  const clients =
    `SELECT organization, id AS client_id FROM dimension_value WHERE ${inScope(draft, 'organization')} ` +
    `AND dimension = ${DIMENSION_CODES.clientId} UNION ALL ${missing(draft, 'client_id')}`
  draft.values.clientName = texts(draft.query.filters.clientName ?? [])
  return (
    `SELECT organization, client_id FROM (${clients}) LEFT JOIN named USING (organization, client_id) ` +
    "WHERE coalesce(name, '') IN (SELECT unnest($clientName))"
  )
}

/** Id 0 is the missing value; it is in no dictionary. */
function missing(draft: Draft, column: string): string {
  draft.values.organizations = integers(draft.organizations.map(({ id }) => id))
  return `SELECT unnest($organizations) AS organization, 0 AS ${column}`
}
