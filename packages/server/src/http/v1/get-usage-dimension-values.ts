import { Type } from 'typebox'
import { DIMENSION_NAMES } from '../../domain/catalogue.ts'
import { Refusal, shown } from '../../domain/refusal.ts'
import { registeredNames } from '../../metadata/clients.ts'
import type { ApiModule } from '../api.ts'
import { compileValidator } from '../validation.ts'

const MOST_VALUES = 1_000
const SOME_VALUES = 100

/** GET /v1/usage/dimensions/{name}?prefix= (api.md §4): values that calls of the organization have, for pickers. */
export const getUsageDimensionValues: ApiModule = (api, { store, metadata }) => {
  const access = { anyPermission: ['usage:organization:view', 'oauth:client:view'] } as const
  api.get('/v1/usage/dimensions/:name', { schema: SCHEMA, config: { access }, validatorCompiler }, async (request) => {
    const { organizationId } = request.caller
    const { prefix = '', limit = SOME_VALUES } = request.query
    const dimension = DIMENSION_NAMES.find((name) => name.toLowerCase() === request.params.name.toLowerCase())
    if (dimension === undefined) throw unknownDimension(request.params.name)
    const isNamed = dimension === 'clientId' || dimension === 'clientName'
    const clientNames = isNamed
      ? await registeredNames(metadata, [organizationId], await store.authorizedClients([organizationId]))
      : []
    const found = await store.dimensionValues(organizationId, { dimension, prefix, limit: limit + 1, clientNames })
    const values = found.slice(0, limit)
    return {
      values: values.map(({ value }) => value),
      truncated: found.length > limit,
      ...(dimension === 'clientId' ? { clientNames: values.map(({ clientName }) => clientName) } : {}),
    }
  })
}

const SCHEMA = {
  operationId: 'getUsageDimensionValues',
  tags: ['Usage'],
  summary: 'List the values of a dimension',
  description: 'What calls of the organization were counted under, by code point: for pickers and completion.',
  params: Type.Object({ name: Type.Enum([...DIMENSION_NAMES]) }),
  querystring: Type.Object(
    {
      prefix: Type.Optional(
        Type.String({ maxLength: 1024, description: 'Only values that begin with it, in upper or lower case' }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: MOST_VALUES, description: `Most values, ${SOME_VALUES} by default` }),
      ),
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({
      values: Type.Array(Type.String()),
      truncated: Type.Boolean({ description: 'There are more values than these' }),
      clientNames: Type.Optional(
        Type.Array(Type.String(), {
          description: 'For clientId: the name of each client, in the same order, "" for one without a name',
        }),
      ),
    }),
  },
}

/** The handler says which names there are. */
const validatorCompiler: typeof compileValidator = (part) =>
  part.httpPart === 'params' ? () => true : compileValidator(part)

function unknownDimension(given: string): Refusal {
  const allowed = DIMENSION_NAMES.join(', ')
  return new Refusal(
    'invalid.value',
    'There is no dimension [{value}] to list for [name]. Allowable values are: {allowed}',
    { value: shown(given), allowed },
    { details: [{ errorCode: 'invalid.value', fieldName: 'name' }] },
  )
}
