import { Type } from 'typebox'

/** What somebody calls something that they make. */
export const EntityName = Type.String({
  maxLength: 256,
  pattern: '\\S',
  description: 'a string of 1 to 256 characters, not only blanks',
})
