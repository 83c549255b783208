import { Type } from 'typebox'
import { DIMENSIONS } from '../../../domain/catalogue.ts'

const LONGEST = DIMENSIONS.templateUri.longest

const TemplateUri = Type.String({
  description: 'Without a leading slash; parameters as {name}, what stands for all the rest as {name+}',
})

/** A template in a path, in any syntax. */
export const TemplateParams = Type.Object({
  templateUri: Type.String({ minLength: 1, maxLength: LONGEST, description: 'The route template, percent-encoded' }),
})

const Count = (description: string) => Type.Integer({ minimum: 0, description })

export const RouteTemplate = Type.Object({
  templateUri: TemplateUri,
  dateAdded: Type.String({ format: 'date-time', description: 'RFC 3339' }),
})

export const UnmatchedPath = Type.Object({
  shape: Type.String({ description: 'The path with what looks like an id as {id}: what its calls are counted under' }),
  calls: Count('Calls that were seen'),
  notFound: Count('How many of them were answered 404, and are counted as (unmatched)'),
  example: Type.String({ description: 'One of the paths; a query is never kept' }),
  dateFirstSeen: Type.String({ format: 'date-time', description: 'RFC 3339' }),
  dateLastSeen: Type.String({ format: 'date-time', description: 'RFC 3339' }),
})

export const SuggestedTemplate = Type.Object({
  templateUri: TemplateUri,
  values: Count('Different texts that stand where its parameter is'),
  examples: Type.Array(Type.String(), { description: 'Some of those texts' }),
  calls: Count('Calls that it would fit'),
})

export const MovedShape = Type.Object({
  from: Type.String({ description: 'The folded path' }),
  to: TemplateUri,
  calls: Count('Calls that were moved'),
})
