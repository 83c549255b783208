import type { IncomingHttpHeaders } from 'node:http'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { addRouteTemplates, countRouteTemplates, TooManyTemplates } from '../../metadata/route-templates.ts'
import { importedTemplates } from '../../templates/import/import-templates.ts'
import type { DocumentFormat } from '../../templates/import/read-templates.ts'
import type { ApiModule } from '../api.ts'
import { contentEncoding } from '../content-encoding.ts'
import { unsupportedMediaType } from '../error-answers.ts'
import { BodyMemory, hasBody } from '../request-body.ts'

/** Documents that may be read at once. */
const DOCUMENTS_AT_ONCE = 2

const FORMATS: Readonly<Record<string, DocumentFormat>> = {
  'application/json': 'json',
  'application/vnd.oai.openapi+json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'application/vnd.oai.openapi': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
  'text/plain': 'list',
}
const ALLOWED = 'application/json, application/yaml, text/plain'

/** POST /v1/route-templates (api.md §4): import route templates. */
export const postRouteTemplates: ApiModule = (api, { metadata, resolver, settings, now }) => {
  const memory = new BodyMemory(DOCUMENTS_AT_ONCE * settings.maxBodyBytes)
  // Bodies are read by the handler, within limits of their own: YAML and lists are no JSON.
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', (_request, _payload, done) => done(null))
  api.addHook('onRequest', async ({ raw }) => {
    if (hasBody(raw)) formatOf(raw.headers)
  })
  const config = { access: { anyPermission: ['usage:template:edit'] } } as const
  api.post('/v1/route-templates', { schema: SCHEMA, config, validatorCompiler }, async (request) => {
    if (!hasBody(request.raw)) throw new Refusal('bad.request', 'The request has no body: send a document or a list.')
    const { organizationId } = request.caller
    const { prefix = '' } = request.query
    const { format, encoding } = formatOf(request.headers)
    const options = { encoding, maxBytes: settings.maxBodyBytes }
    const templates = await memory.withBody(request.raw, options, (body) =>
      importedTemplates({ format, text: textOf(body), prefix }),
    )
    const most = settings.maxRouteTemplates
    if (templates.length > most) throw tooMany(templates.length, most)
    const added = await addRouteTemplates(metadata, organizationId, templates, now(), most).catch((error: unknown) => {
      throw error instanceof TooManyTemplates ? tooMany(templates.length, most) : error
    })
    if (added > 0) resolver.refresh(organizationId)
    return { added, total: await countRouteTemplates(metadata, organizationId) }
  })
}

/** The document is checked by what reads it. */
const validatorCompiler = ({ httpPart }: { httpPart?: string }) =>
  httpPart === 'querystring' ? validQuery : () => true

function validQuery(query: unknown): true | { error: Error } {
  const { prefix = '' } = query as { prefix?: unknown }
  if (typeof prefix === 'string' && prefix.length <= LONGEST_PREFIX) return true
  const allowed = `one text of at most ${LONGEST_PREFIX} characters`
  const refusal = new Refusal('invalid.query.param.value', 'The query parameter [{field}] must be {allowed}.', {
    field: 'prefix',
    allowed,
  })
  return { error: refusal }
}

const LONGEST_PREFIX = 512

const SCHEMA = {
  operationId: 'postRouteTemplates',
  tags: ['Route templates'],
  summary: 'Import route templates',
  description: [
    'From an OpenAPI 2, 3.0 or 3.1 document, with its servers or basePath; or a list with a template a line, in the',
    'syntax of any framework. What is there already is not added again. Calls that come from now on are counted under',
    'them; those that were counted before are moved by re-resolving. A document that refers to others is refused:',
    'nothing is fetched.',
  ].join(' '),
  querystring: Type.Object({
    prefix: Type.Optional(
      Type.String({ maxLength: LONGEST_PREFIX, description: 'Where the API is mounted, such as /gateway' }),
    ),
  }),
  body: {
    content: {
      'application/json': {
        schema: Type.Union([
          Type.Object({ templateUris: Type.Array(Type.String()) }, { description: 'A list of templates' }),
          Type.Object({ paths: Type.Object({}) }, { description: 'An OpenAPI document' }),
        ]),
      },
      'application/yaml': { schema: Type.String({ description: 'An OpenAPI document' }) },
      'text/plain': { schema: Type.String({ description: 'A template a line' }) },
    },
  },
  response: {
    200: Type.Object({
      added: Type.Integer({ minimum: 0, description: 'Templates that are new' }),
      total: Type.Integer({ minimum: 0, description: 'Templates that the organization has now' }),
    }),
  },
}

/** @throws Refusal unsupported.media.type naming what is allowed. */
function formatOf(headers: IncomingHttpHeaders) {
  const contentType = headers['content-type']
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const format = Object.hasOwn(FORMATS, mediaType.trim()) ? FORMATS[mediaType.trim()] : undefined
  const isUtf8 = parameters.every((parameter) => !/^\s*charset\s*=(?!\s*"?(?:utf-?8|us-ascii)"?\s*$)/.test(parameter))
  if (format === undefined || !isUtf8) throw unsupportedMediaType(contentType, ALLOWED)
  return { format, encoding: contentEncoding(headers['content-encoding']) }
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Refusal('bad.request', 'The body is not text in UTF-8.')
  }
}

function tooMany(came: number, most: number): Refusal {
  return new Refusal(
    'constraint.validation',
    'With these {came} route templates the organization would have more than the {most} that it may have. None was added.',
    { came: String(came), most: String(most) },
    { limit: { key: 'maxRouteTemplates', namespace: 'route.templates', value: most } },
  )
}
