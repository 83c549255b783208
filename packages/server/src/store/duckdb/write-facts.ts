import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import { DIMENSION_CODES } from './columns.ts'
import type { OrganizationFacts } from './organization-facts.ts'
import type { OrganizationMemory } from './organizations.ts'
import { bigintColumn, integerColumn, textColumn, tinyColumn, type Writer } from './writer.ts'

/** Writes what was learnt of organizations, in the transaction that is open. */
export async function writeFacts(writer: Writer, learnt: readonly OrganizationFacts[]): Promise<void> {
  const facts = learnt.filter((each) => each.hasChanged)
  await writeNewest(writer, facts)
  await writeValues(
    writer,
    facts.map(({ organization }) => organization),
  )
  await writeClients(writer, facts)
}

async function writeNewest(writer: Writer, facts: readonly OrganizationFacts[]): Promise<void> {
  const newer = facts.filter((each) => each.newest > each.organization.newest)
  await writer.append('organization_newest', newer.length, [
    integerColumn((row) => newer[row]?.organization.id ?? 0),
    bigintColumn((row) => newer[row]?.newest ?? 0),
  ])
}

/** Writes the values that were given an id, in the transaction that is open. */
export async function writeValues(writer: Writer, organizations: readonly OrganizationMemory[]): Promise<void> {
  const added = organizations.flatMap(addedValues)
  await writer.append('dimension_value', added.length, [
    integerColumn((row) => added[row]?.organization ?? 0),
    tinyColumn((row) => added[row]?.dimension ?? 0),
    integerColumn((row) => added[row]?.id ?? 0),
    textColumn((row) => added[row]?.value ?? ''),
  ])
}

async function writeClients(writer: Writer, facts: readonly OrganizationFacts[]): Promise<void> {
  const names = facts.flatMap(({ organization, names }) => [...names].map((entry) => ({ organization, entry })))
  await writer.append('client_name', names.length, [
    integerColumn((row) => names[row]?.organization.id ?? 0),
    integerColumn((row) => names[row]?.entry[0] ?? 0),
    bigintColumn((row) => names[row]?.entry[1].time ?? 0),
    textColumn((row) => names[row]?.entry[1].name ?? ''),
  ])
  const clients = facts.flatMap(({ organization, authorized }) =>
    [...authorized].map((client) => ({ organization, client })),
  )
  await writer.append('authorized_client', clients.length, [
    integerColumn((row) => clients[row]?.organization.id ?? 0),
    integerColumn((row) => clients[row]?.client ?? 0),
  ])
}

function addedValues(organization: OrganizationMemory) {
  return INTERNED_DIMENSIONS.flatMap((dimension) => {
    const dictionary = organization.dictionaries[dimension]
    return dictionary.added.map((value) => ({
      organization: organization.id,
      dimension: DIMENSION_CODES[dimension],
      id: dictionary.idOf(value),
      value,
    }))
  })
}
