import { Type } from 'typebox'

const count = Type.Optional(Type.Integer({ minimum: 0, description: 'Only when it was asked for.' }))
const dimension = Type.String({ description: '"" when it was not grouped by.' })

/** What wire endpoints 2, 4 and 7 answer; query/presenters/api-usage-query-result.ts writes it. */
export const ApiUsageQueryResult = Type.Object({
  results: Type.Optional(
    Type.Array(
      Type.Object({
        clientId: dimension,
        clientName: dimension,
        organizationId: dimension,
        userId: dimension,
        templateUri: dimension,
        httpMethod: dimension,
        status200: count,
        status300: count,
        status400: count,
        status500: count,
        status429: count,
        requests: count,
        date: Type.Optional(
          Type.String({ format: 'date-time', description: 'The first day of the day, week or month, UTC.' }),
        ),
      }),
      { description: 'Only when it is complete.' },
    ),
  ),
  queryStatus: Type.Enum(['Complete', 'Failed', 'Running']),
  cursors: Type.Optional(
    Type.Object(
      { after: Type.String({ description: 'What `after` is to be for the page that follows.' }) },
      { description: 'Only of a search that is read in pages, where another page follows.' },
    ),
  ),
})
