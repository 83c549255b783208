import { INTERNED_DIMENSIONS, type InternedDimension } from '../../domain/catalogue.ts'
import type { CountedCalls } from '../usage-store.ts'
import type { CallRows } from './call-rows.ts'
import { KeyTable } from './key-table.ts'
import type { OrganizationMemory } from './organizations.ts'

const CLIENT_PART = INTERNED_DIMENSIONS.indexOf('clientId')
const STATUS_PART = INTERNED_DIMENSIONS.length

/** What the rows of a commit say of one organization, for people who watch: added up over buckets and histogram slots. */
export function countedCalls(rows: CallRows, organization: OrganizationMemory): readonly CountedCalls[] {
  const [organizations, , ...dimensions] = rows.keyColumns
  const [statuses] = rows.outcomeColumns
  const key = new Int32Array(STATUS_PART + 1)
  const table = new KeyTable(key.length, rows.count)
  const calls = new Float64Array(rows.count)
  for (let row = 0; row < rows.count; row++) {
    if (organizations?.[row] !== organization.id) continue
    for (let part = 0; part < STATUS_PART; part++) key[part] = dimensions[part]?.[row] ?? 0
    key[STATUS_PART] = statuses?.[row] ?? 0
    const at = table.rowOf(key)
    calls[at] = (calls[at] ?? 0) + (rows.requests[row] ?? 0)
  }
  return Array.from({ length: table.count }, (_, at) => inWords(table, at, organization, calls[at] ?? 0))
}

function inWords(table: KeyTable, at: number, organization: OrganizationMemory, calls: number): CountedCalls {
  const { dictionaries, names } = organization
  const idOf = (part: number) => table.columns[part]?.[at] ?? 0
  const texts = INTERNED_DIMENSIONS.map((dimension, part) => [dimension, dictionaries[dimension].textOf(idOf(part))])
  const dimensions: Record<InternedDimension, string> = Object.fromEntries(texts)
  const clientName = names.get(idOf(CLIENT_PART))?.name ?? ''
  return { ...dimensions, clientName, status: idOf(STATUS_PART), calls }
}
