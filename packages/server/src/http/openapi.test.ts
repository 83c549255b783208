import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPermission } from '../domain/permissions.ts'
import { openTestApp, type TestApp } from './test-app.ts'

/** wire.md §4 */
const ANSWER_HEADERS = ['ININ-Correlation-Id', 'inin-ratelimit-count', 'inin-ratelimit-allowed', 'inin-ratelimit-reset']
/** How every operation refuses that is not open to everybody. */
const ERRORS = ['400', '401', '403', '429', '503']

interface DocumentedAnswer {
  readonly description?: string
  readonly headers?: object
  readonly $ref?: string
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly security?: readonly Record<string, readonly string[]>[]
  readonly 'x-permissions'?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> }
  readonly responses: Record<string, DocumentedAnswer>
}

interface Document {
  readonly openapi: string
  readonly info: { readonly version: string }
  readonly tags: readonly { readonly name: string }[]
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: {
    readonly securitySchemes: object
    readonly headers: object
    readonly responses: Record<string, DocumentedAnswer>
  }
}

let open: TestApp
let document: Document
let operations: readonly [string, Operation][]
beforeAll(async () => {
  open = await openTestApp()
  const answer = await open.app.inject('/openapi.json')
  expect(answer.headers['content-type']).toBe('application/json')
  document = answer.json()
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  )
})
afterAll(() => open[Symbol.asyncDispose]())

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 of this version', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info.version).toBe('9.8.7')
    expect(document.servers).toEqual([{ url: '/' }])
  })

  test('has the operations that clients rely on', () => {
    const names = operations.map(([name]) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'post /api/v2/usage/query',
        'get /api/v2/usage/query/{executionId}/results',
        'post /api/v2/usage/aggregates/query/jobs',
        'get /api/v2/usage/aggregates/query/jobs/{jobId}',
        'delete /api/v2/usage/aggregates/query/jobs/{jobId}',
        'post /api/v2/usage/client/{clientId}/aggregates/query/jobs',
        'get /api/v2/usage/client/{clientId}/aggregates/query/jobs/{jobId}',
        'delete /api/v2/usage/client/{clientId}/aggregates/query/jobs/{jobId}',
        'post /oauth/token',
        'get /api/v2/tokens/me',
        'post /v1/events',
        'post /v1/ingest-keys',
        'get /livez',
        'get /metrics',
        'get /openapi.json',
      ]),
    )
  })

  test('describes every operation once, with what it answers when it refuses', () => {
    const ids = operations.map(([, { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags.map(({ name }) => name)
    for (const [name, { operationId, summary, tags: own, responses }] of operations) {
      expect(operationId, name).toBeTruthy()
      expect(summary, name).toBeTruthy()
      expect(tags, name).toEqual(expect.arrayContaining([...(own ?? ['none'])]))
      const error = name === 'post /v1/traces' ? 'OtlpError' : name.includes(' /oauth/') ? 'OAuthError' : 'Error'
      expect(responses.default, name).toEqual({ $ref: `#/components/responses/${error}` })
      for (const { description } of Object.values(responses)) expect(description).not.toBe('Default Response')
    }
  })

  test('says of every operation who may', () => {
    for (const [name, { security = [], description = '', 'x-permissions': permissions }] of operations) {
      if (security.length === 0) {
        expect(permissions, name).toBeUndefined()
        continue
      }
      for (const permission of permissions ?? ['none']) {
        expect(isPermission(permission), name).toBe(true)
        expect(description, name).toContain(`\`${permission}\``)
      }
      for (const scheme of security.flatMap(Object.keys))
        expect(document.components.securitySchemes).toHaveProperty(scheme)
    }
    expect(document.paths['/api/v2/usage/query']?.post).toMatchObject({
      security: [{ client: [] }, { token: [] }],
      'x-permissions': ['oauth:client:view', 'usage:organization:view'],
    })
    expect(document.paths['/v1/events']?.post?.security).toContainEqual({ ingestKey: [] })
    expect(document.paths['/livez']?.get?.security).toEqual([])
  })

  test.each([
    ['get /livez', ['200', '400']],
    ['get /readyz', ['200', '400', '503']],
    ['post /api/v2/usage/query', ['202', '400', '401', '403', '413', '415', '429', '503']],
    ['get /api/v2/usage/query/{executionId}/results', ['200', '400', '401', '403', '404', '429', '503']],
    ['delete /v1/organizations/{organizationId}', ['204', ...ERRORS, '404', '409', '413', '415'].toSorted()],
  ])('says of %s with which statuses it refuses', (name, statuses) => {
    const responses = Object.keys(operations.find(([other]) => other === name)?.[1].responses ?? {})
    expect(responses.filter((status) => status !== 'default')).toEqual(statuses)
  })

  test('describes the headers of every answer, Retry-After and WWW-Authenticate where they are', () => {
    const { headers, responses } = document.components
    expect(Object.keys(headers)).toEqual([...ANSWER_HEADERS, 'Retry-After', 'WWW-Authenticate'])
    for (const [name, operation] of operations) {
      for (const [status, answer] of Object.entries(operation.responses)) {
        const component = answer.$ref?.replace('#/components/responses/', '')
        const described = component === undefined ? answer.headers : responses[component]?.headers
        const isPlain = component !== undefined && component !== 'OAuthError'
        const names = [
          ...ANSWER_HEADERS,
          ...(isPlain && ['429', '503'].includes(status) ? ['Retry-After'] : []),
          ...(isPlain && status === '401' ? ['WWW-Authenticate'] : []),
        ]
        expect(described, `${name} ${status}`).toEqual(
          Object.fromEntries(names.map((header) => [header, { $ref: `#/components/headers/${header}` }])),
        )
      }
    }
  })

  test('describes every parameter that stands in a path', () => {
    for (const [name, { parameters = [] }] of operations) {
      const described = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)
      const standing = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
      expect(described.toSorted(), name).toEqual(standing.toSorted())
    }
  })

  test('has the words that the platform’s query takes', () => {
    const body = document.paths['/api/v2/usage/query']?.post?.requestBody?.content['application/json']?.schema
    expect(body).toMatchObject({
      required: ['interval'],
      properties: { granularity: { enum: ['Day', 'Week', 'Month'] } },
    })
  })

  test('names the public URL where there is one', async () => {
    await using open = await openTestApp({ settings: { publicUrl: 'https://example.com/usage' } })
    expect((await open.app.inject('/openapi.json')).json().servers).toEqual([{ url: 'https://example.com/usage' }])
  })
})

describe('the page at /docs', () => {
  test.each(['/docs', '/docs/', '/docs/static/swagger-ui.css', '/docs/static/swagger-initializer.js'])(
    '%s loads nothing from elsewhere and runs no script that stands in it',
    async (url) => {
      const answer = await open.app.inject(url)
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-security-policy']).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self'/,
      )
      if (!url.includes('static')) expect(answer.body).not.toMatch(/https?:\/\/|<script>|\son\w+=/)
    },
  )

  test('shows the same document', async () => {
    expect((await open.app.inject('/docs/json')).json()).toEqual(document)
  })

  test('has no files but its own', async () => {
    for (const url of ['/docs/static/../../package.json', '/docs/static/%2e%2e%2findex.js', '/docs/static/none']) {
      expect((await open.app.inject(url)).json()).toMatchObject({ status: 404, code: 'not.found' })
    }
  })
})
