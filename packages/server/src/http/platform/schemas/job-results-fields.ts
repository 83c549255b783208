import { type TProperties, Type } from 'typebox'
import { ErrorBodySchema } from '../../openapi-errors.ts'

const count = Type.Optional(Type.Integer({ minimum: 0, description: 'Only when it was asked for.' }))
const dimension = Type.Optional(Type.String({ description: 'Only when it was grouped by, and the calls had one.' }))

/** What the entities of wire endpoints 9 and 11 begin with; query/presenters/job-entity.ts writes it. */
export const JOB_ENTITY_FIELDS = {
  date: Type.String({ format: 'date', description: 'The first day of the day, week or month, UTC.' }),
  platform: dimension,
  httpMethod: dimension,
  templateUri: dimension,
  requestCount: count,
  status200: count,
  status300: count,
  status400: count,
  status429: count,
  status500: count,
}

/** The answer of wire endpoints 9 and 11 around its entities; query/presenters/job-results.ts writes it. */
export function jobResultsOf<Fields extends TProperties>(entityFields: Fields) {
  return Type.Object({
    queryStatus: Type.Enum(['Queued', 'Running', 'Succeeded', 'Failed', 'Cancelled']),
    errorBody: Type.Optional(ErrorBodySchema),
    nextUri: Type.Optional(
      Type.String({ description: 'The page that follows, relative to the server; only where there is one.' }),
    ),
    entities: Type.Optional(Type.Array(Type.Object(entityFields), { description: 'Only when it has succeeded.' })),
    selfUri: Type.String(),
  })
}
