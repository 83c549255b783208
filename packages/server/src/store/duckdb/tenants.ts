import type { Reader } from './reader.ts'
import type { Tenant } from './select-draft.ts'
import { text, texts } from './sql.ts'

const MOST_REMEMBERED = 100_000

/** Organizations with their numbers. Those of queries are remembered: looking one up takes as long as a small answer. */
export class Tenants {
  readonly #numbers = new Map<string, number>()
  /** Not remembered any more: a reader may still see the number that such an organization had. */
  readonly #erased = new Set<string>()

  /** Those of which something is kept, by number. */
  async of(reader: Reader, organizationIds: readonly string[]): Promise<readonly Tenant[]> {
    return this.#remembered(organizationIds) ?? this.#remember(await tenantsOf(reader, organizationIds))
  }

  erase(organizationId: string): void {
    this.#erased.add(organizationId)
    this.#numbers.delete(organizationId)
  }

  #remembered(organizationIds: readonly string[]): readonly Tenant[] | undefined {
    const tenants: Tenant[] = []
    for (const organizationId of organizationIds) {
      const id = this.#numbers.get(organizationId)
      if (id === undefined) return undefined
      tenants.push({ id, organizationId })
    }
    return tenants.toSorted((one, other) => one.id - other.id)
  }

  #remember(tenants: readonly Tenant[]): readonly Tenant[] {
    if (this.#numbers.size + tenants.length > MOST_REMEMBERED) this.#numbers.clear()
    for (const { id, organizationId } of tenants) {
      if (!this.#erased.has(organizationId)) this.#numbers.set(organizationId, id)
    }
    return tenants
  }
}

async function tenantsOf(reader: Reader, organizationIds: readonly string[]): Promise<readonly Tenant[]> {
  // One is the usual, and half as long in the making without a join.
  const [only] = organizationIds
  const isOne = organizationIds.length === 1 && only !== undefined
  const condition = isOne ? 'organization_id = $named' : 'organization_id IN (SELECT unnest($named))'
  const rows = await reader.rows(`SELECT id, organization_id FROM organization WHERE ${condition} ORDER BY id`, {
    named: isOne ? text(only) : texts(organizationIds),
  })
  return rows.map(([id, organizationId]) => ({ id: Number(id), organizationId: String(organizationId) }))
}
