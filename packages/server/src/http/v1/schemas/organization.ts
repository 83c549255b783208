import { type Static, Type } from 'typebox'
import type { Organization as OrganizationRecord } from '../../../metadata/organizations.ts'

/** decisions.md 18 */
export const OrganizationId = Type.String({
  pattern: '^[A-Za-z0-9._-]{1,64}$',
  description: '1 to 64 characters of A-Z, a-z, 0-9, dot, underscore and hyphen',
})

export const Organization = Type.Object({
  id: Type.String(),
  name: Type.String(),
  dateCreated: Type.String({ description: 'RFC 3339' }),
})

export function presentOrganization({ id, name, createdAt }: OrganizationRecord): Static<typeof Organization> {
  return { id, name, dateCreated: new Date(createdAt).toISOString() }
}
