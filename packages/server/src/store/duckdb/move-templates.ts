import type { DuckDBConnection } from '@duckdb/node-api'
import type { TemplateMove } from '../usage-store.ts'
import { CALL_DELTA, DIMENSION_CODES, ROLLUPS, UNCAPPED } from './columns.ts'
import type { OrganizationMemory, Organizations } from './organizations.ts'
import { integer, integers, rowsOf } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { writeValues } from './write-facts.ts'
import type { Writer } from './writer.ts'

interface MoveParts {
  readonly writer: Writer
  readonly organizations: Organizations
  /** Nothing else of the upkeep runs on it meanwhile. */
  readonly upkeep: DuckDBConnection
  /** Runs `work` while no commit runs. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>
}

interface MovedId {
  readonly from: number
  readonly to: number
}

const TABLES = [CALL_DELTA, ...ROLLUPS.flatMap(({ name }) => [`${name}_fine`, `${name}_day`])]

/**
 * See UsageStore.moveTemplates. Commits go on while rows are moved: what they append is not in the snapshot of that
 * transaction and stays where it is.
 */
export async function moveTemplates(
  parts: MoveParts,
  organizationId: string,
  moves: readonly TemplateMove[],
): Promise<readonly number[]> {
  const { writer, organizations, upkeep, alone } = parts
  const found = await alone(async () => {
    const organization = await organizations.find(writer.connection, organizationId)
    return organization === undefined ? undefined : { organization, ids: await idsOf(writer, organization, moves) }
  })
  if (found === undefined || found.ids.size === 0) return moves.map(() => 0)
  const { organization, ids } = found
  const calls = await inTransaction(upkeep, () => moveRows(upkeep, organization.id, [...ids.values()]))
  await alone(() => removeUnused(parts, organizationId, ids))
  return moves.map(({ from }) => calls.get(ids.get(from)?.from ?? 0) ?? 0)
}

/** The ids of the moves of which there is something to move, by what they are moved from; targets are given theirs. */
async function idsOf(
  writer: Writer,
  organization: OrganizationMemory,
  moves: readonly TemplateMove[],
): Promise<ReadonlyMap<string, MovedId>> {
  const { templateUri } = organization.dictionaries
  const ids = new Map<string, MovedId>()
  try {
    for (const { from, to } of moves) {
      if (from === to || from === '' || UNCAPPED.has(from) || !templateUri.has(from)) continue
      ids.set(from, { from: templateUri.idOf(from), to: templateUri.reserve(to) })
    }
    if (templateUri.added.length > 0) await writer.transaction(() => writeValues(writer, [organization]))
    templateUri.keep()
    return ids
  } catch (error) {
    templateUri.forget()
    throw error
  }
}

/** @returns how many calls were counted under each id that was moved. */
async function moveRows(
  connection: DuckDBConnection,
  organization: number,
  ids: readonly MovedId[],
): Promise<ReadonlyMap<number, number>> {
  const values = { organization: integer(organization) }
  const from = { from: integers(ids.map((id) => id.from)) }
  const both = { ...from, to: integers(ids.map(({ to }) => to)) }
  const counted = ['usage_day', 'usage_delta'].map(
    (table) => `SELECT template_uri, requests FROM ${table}
    WHERE organization = $organization AND template_uri IN (SELECT unnest($from))`,
  )
  const calls = await rowsOf(
    connection,
    `SELECT template_uri, sum(requests) FROM (${counted.join(' UNION ALL ')}) GROUP BY ALL`,
    { ...values, ...from },
  )
  for (const table of TABLES) {
    await rowsOf(
      connection,
      `UPDATE ${table} SET template_uri = moved.target
      FROM (SELECT unnest($from) AS source, unnest($to) AS target) AS moved
      WHERE organization = $organization AND template_uri = moved.source`,
      { ...values, ...both },
    )
  }
  return new Map(calls.map(([id, requests]) => [Number(id), Number(requests)]))
}

/**
 * Gives the ids back under which nothing is counted any more, so that the organization's cap has room for others. What was
 * committed since the rows were moved is not folded yet: nothing but the upkeep folds.
 */
async function removeUnused(
  { writer, organizations }: MoveParts,
  organizationId: string,
  ids: ReadonlyMap<string, MovedId>,
): Promise<void> {
  const organization = await organizations.find(writer.connection, organizationId)
  if (organization === undefined) return
  const targets = new Set(Array.from(ids.values(), ({ to }) => to))
  const left = await rowsOf(
    writer.connection,
    `SELECT DISTINCT template_uri FROM ${CALL_DELTA} WHERE organization = $organization`,
    { organization: integer(organization.id) },
  )
  const inUse = new Set(left.map(([id]) => Number(id)))
  const unused = [...ids].filter(([, { from }]) => !targets.has(from) && !inUse.has(from))
  if (unused.length === 0) return
  await writer.transaction(async () => {
    await rowsOf(
      writer.connection,
      `DELETE FROM dimension_value WHERE organization = $organization
      AND dimension = ${DIMENSION_CODES.templateUri} AND id IN (SELECT unnest($ids))`,
      { organization: integer(organization.id), ids: integers(unused.map(([, { from }]) => from)) },
    )
  })
  const { templateUri } = organization.dictionaries
  for (const [value] of unused) templateUri.remove(value)
}
