import type { Format, JsonObject } from './format.ts'
import { type JsonFields, jsonFieldsReader, textIn } from './json-fields.ts'
import type { FoundCall } from './source-event.ts'

/** The names of `$context`'s variables, whole and as people shorten them in an access log's format. */
const FIELDS: JsonFields = {
  id: ['requestId'],
  time: ['requestTimeEpoch', 'requestTime'],
  clientId: [
    'identity.apiKeyId',
    'apiKeyId',
    'authorizer.claims.client_id',
    'claims.client_id',
    'client_id',
    'clientId',
  ],
  userId: ['user', 'identity.user', 'authorizer.principalId', 'principalId'],
  method: ['httpMethod'],
  path: ['path', 'rawPath'],
  status: ['status'],
  durations: [['responseLatency', 1]],
  durationUnit: 1,
  responseBytes: ['responseLength'],
  refine: withRoute,
}

/** Access logs of AWS API Gateway, of REST and HTTP APIs, as CloudWatch or Firehose write them. */
export const awsApiGateway: Format = {
  name: 'aws-api-gateway',
  json: {
    reader: (options) => jsonFieldsReader(FIELDS, options),
    recognizes: (record) =>
      'requestId' in record &&
      ['resourcePath', 'routeKey', 'requestTime', 'requestTimeEpoch'].some((name) => name in record),
  },
}

/** REST APIs name the resource, HTTP APIs the route with its method: `GET /pets/{id}`. */
function withRoute(found: FoundCall, record: JsonObject): FoundCall {
  const [, routeMethod, routePath] = /^(\S+) (\/.*)$/.exec(textIn(record, ['routeKey']) ?? '') ?? []
  const template = textIn(record, ['resourcePath']) ?? routePath
  // `{proxy+}` stands for all that is left of the path, which says more.
  const isRoute = template !== undefined && !(template.includes('+}') && found.path !== undefined)
  return { ...found, method: found.method ?? routeMethod, templateUri: isRoute ? template : undefined }
}
