import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { Type } from 'typebox'
import type { Access, ApiModule, Parts } from './api.ts'
import { addAnswers, ERROR_COMPONENTS, refusalStatuses } from './openapi-errors.ts'
import { HEADER_COMPONENTS } from './openapi-headers.ts'
import { API_INTRODUCTION, API_TAGS } from './openapi-texts.ts'

/** The page of the documentation is scripts and styles of our own, and asks nobody else for anything. */
const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const ICON = {
  filename: 'icon.svg',
  rel: 'icon',
  type: 'image/svg+xml',
  sizes: 'any',
  content: readFileSync(new URL('./pages/icon.svg', import.meta.url)),
}

/** Collects every route that is added from here on into one OpenAPI 3.1 document. */
export async function addOpenApi(app: FastifyInstance, parts: Parts): Promise<void> {
  await app.register(swagger, {
    stripBasePath: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Routemeter',
        version: parts.version,
        description: API_INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: parts.settings.publicUrl ?? '/' }],
      tags: API_TAGS,
      components: { securitySchemes: SECURITY_SCHEMES, ...ERROR_COMPONENTS, headers: HEADER_COMPONENTS },
    },
    transform: ({ schema, url, route }) => ({ schema: describe(schema, route), url }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the document is not OpenAPI 3')
      addAnswers(document.openapiObject.paths ?? {})
      return document.openapiObject
    },
  })
}

/** GET /docs: the document as a page to read and try. */
export async function addDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: { public: true } }
      route.schema = { ...route.schema, hide: true }
    })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: DOCS_CSP,
      theme: { title: 'Routemeter API', favicon: [ICON] },
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', deepLinking: true, tryItOutEnabled: true },
    })
  })
}

/** GET /openapi.json: everything this server can do, in OpenAPI 3.1. */
export const getOpenApi: ApiModule = (api) => {
  const schema = {
    operationId: 'getOpenApi',
    tags: ['Server'],
    summary: 'This document',
    response: { 200: Type.Unsafe<string>({ type: 'object', description: 'OpenAPI 3.1' }) },
  }
  const config = { access: { public: true } } as const
  let text: string | undefined
  api.get('/openapi.json', { schema, config }, async (_request, reply) => {
    text ??= JSON.stringify(api.swagger())
    return reply.type('application/json').send(text)
  })
}

const SECURITY_SCHEMES = {
  client: {
    type: 'oauth2',
    description: 'An OAuth client of your organization.',
    flows: {
      clientCredentials: { tokenUrl: '/oauth/token', scopes: {} },
      authorizationCode: { authorizationUrl: '/oauth/authorize', tokenUrl: '/oauth/token', scopes: {} },
    },
  },
  token: { type: 'http', scheme: 'bearer', description: 'An access token, as POST /oauth/token gives it.' },
  ingestKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'An ingest key: sends events, nothing else.',
  },
} as const

/** What an operation's config says of who may call it and how it refuses, in the words of OpenAPI and of people. */
function describe(schema: FastifySchema | undefined, { method, config = {} }: RouteOptions): FastifySchema {
  const { access, refusals = [] } = config
  if (schema === undefined || access === undefined) return { hide: true }
  const statuses = refusalStatuses({ method: [method].flat().join(), schema, access, refusals })
  const added = { ...describeAccess(schema, access), 'x-refusals': statuses }
  return { ...schema, ...added }
}

function describeAccess({ description }: FastifySchema, access: Access): object {
  if ('public' in access || 'keyInPath' in access) return { security: [] }
  const permissions = 'sendsEvents' in access ? ['usage:event:add'] : access.anyPermission
  return {
    description: [description, permissionText(access)].filter(Boolean).join('\n\n'),
    security: [{ client: [] }, { token: [] }, ...('sendsEvents' in access ? [{ ingestKey: [] }] : [])],
    'x-permissions': permissions,
  }
}

function permissionText(access: Exclude<Access, { public: true } | { keyInPath: string }>): string {
  if ('sendsEvents' in access) return 'Needs the permission `usage:event:add` or an ingest key.'
  const names = access.anyPermission.map((permission) => `\`${permission}\``)
  if (names.length === 0) return 'Open to every OAuth client and person.'
  return names.length === 1
    ? `Needs the permission ${names[0]}.`
    : `Needs any one of the permissions ${names.join(', ')}.`
}
