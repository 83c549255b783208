import { Type } from 'typebox'
import { DIMENSIONS, OVERFLOW, UNMATCHED } from '../../../domain/catalogue.ts'
import { OrganizationId } from './organization.ts'

const RESERVED = [OVERFLOW, UNMATCHED].map((name) => name.slice(1, -1)).join('|')

/** One client's id: not what stands for several, all those past an organization's cap for example. */
export const AuthorizedClientParams = Type.Object({
  clientId: Type.String({
    minLength: 1,
    maxLength: DIMENSIONS.clientId.longest,
    pattern: `^(?!\\((?:${RESERVED})\\)$)`,
    description: 'The OAuth client’s id, registered here or not',
  }),
})

export const InOrganization = Type.Object(
  { organizationId: OrganizationId },
  { additionalProperties: false, description: 'The organization in which the client calls' },
)

export const AuthorizedClient = Type.Object({ clientId: Type.String(), organizationId: Type.String() })
