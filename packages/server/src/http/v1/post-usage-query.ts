import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { namedScope } from '../../identity/scopes.ts'
import type { SynchronousAnswer } from '../../query/synchronous-queries.ts'
import type { ApiModule } from '../api.ts'
import { callerGone } from '../caller-gone.ts'
import { UsageQueryAnswer, UsageQueryBody } from './schemas/usage-query.ts'
import { translateUsageQuery } from './translations/usage-query.ts'
import { usagePresenters } from './usage-formats.ts'

/** What the answer says of itself, for formats that have rows alone. */
const META_HEADER = 'Routemeter-Meta'

/** POST /v1/usage/query (api.md §4): usage, answered at once, in any of four formats. */
export const postUsageQuery: ApiModule = (api, { queries, parquet, metadata, now }) => {
  const presenterFor = usagePresenters(parquet)
  const config = {
    access: { anyPermission: ['oauth:client:view', 'usage:organization:view'] },
    refusals: ['not.found', 'not.acceptable', 'request.timeout'],
  } as const
  api.post('/v1/usage/query', { schema: SCHEMA, config }, async (request, reply) => {
    const presenter = presenterFor(request.headers.accept, request.query.csv)
    const query = translateUsageQuery(request.body, now())
    const { organizationId } = request.caller
    const scope = await namedScope(metadata, request.caller, request.body.organizations ?? [])
    const answer = await queries.answer({ organizationId, scope, query }, presenter, callerGone(reply))
    return sendAnswer(reply, answer, presenter.contentType)
  })
}

/** As bytes: the schema of the response is that of JSON, and is written by the presenter. */
function sendAnswer(reply: FastifyReply, { body, meta }: SynchronousAnswer, contentType: string): FastifyReply {
  return reply.header(META_HEADER, JSON.stringify(meta)).type(contentType).send(body)
}

const file = (description: string) => ({ schema: Type.Unsafe<string>({ type: 'string', description }) })

const SCHEMA = {
  operationId: 'postV1UsageQuery',
  tags: ['Usage'],
  summary: 'Query usage and get it at once',
  description: [
    'By minute to month in any time zone, with every dimension and metric, filters, the first groups with all others in',
    'one, and the interval before beside each row. The Accept header chooses the format; every format has the same rows,',
    'and the header Routemeter-Meta what JSON has in `meta`.',
  ].join(' '),
  querystring: Type.Object({
    csv: Type.Optional(
      Type.Enum(['exact', 'spreadsheet'], {
        description: "For text/csv: `spreadsheet` puts a ' before texts that a spreadsheet would take for formulas.",
      }),
    ),
  }),
  body: UsageQueryBody,
  response: {
    200: {
      description: 'The rows',
      content: {
        'application/json': { schema: UsageQueryAnswer },
        'text/csv': file('A header line, then a line a row (RFC 4180)'),
        'application/x-ndjson': file('A JSON object a line'),
        'application/vnd.apache.parquet': file('A Parquet file'),
      },
    },
  },
}
