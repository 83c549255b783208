import { Type } from 'typebox'
import { DIMENSIONS } from '../../../domain/catalogue.ts'

/** The {clientId} of a path: whatever an event's clientId may be, so that clients of other issuers can be asked about. */
export const ClientId = Type.String({
  minLength: 1,
  maxLength: DIMENSIONS.clientId.longest,
  description: 'The OAuth client’s id.',
})
