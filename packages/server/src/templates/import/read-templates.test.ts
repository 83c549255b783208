import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Refusal } from '../../domain/refusal.ts'
import { importedTemplates } from './import-templates.ts'
import { type DocumentFormat, readTemplates } from './read-templates.ts'

const read = (document: unknown, prefix = '') =>
  readTemplates({ format: 'json', text: JSON.stringify(document), prefix })
const readText = (format: DocumentFormat, text: string, prefix = '') => readTemplates({ format, text, prefix })
const refused = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was refused'
}

const PATHS = { '/users': { get: {} }, '/users/{userId}': { get: {}, parameters: [] }, 'x-internal': {} }

describe('an OpenAPI document has the paths of', () => {
  test('version 2 behind its basePath', () => {
    expect(read({ swagger: '2.0', host: 'api.example.com', basePath: '/api/v2/', paths: PATHS })).toEqual([
      'api/v2/users',
      'api/v2/users/{userId}',
    ])
    expect(read({ swagger: '2.0', paths: { '/': {} } })).toEqual(['/'])
  })

  test('version 3 behind each of its servers, with their variables', () => {
    const servers = [
      {
        url: 'https://{region}.example.com:8443/{base}/v1',
        variables: { region: { default: 'eu' }, base: { default: 'api' } },
      },
      { url: '/internal', description: 'inside' },
      { url: '//cdn.example.com/{stage}?x=1', variables: { stage: { enum: ['a', 'b'], default: 'a' } } },
      { url: 'https://other.example.com/api/v1' },
      { url: 'https://example.com/{tenant}' },
    ]
    expect(read({ openapi: '3.0.3', servers, paths: { '/users/{userId}': {} } })).toEqual([
      'api/v1/users/{userId}',
      'internal/users/{userId}',
      'a/users/{userId}',
      'b/users/{userId}',
      '{tenant}/users/{userId}',
    ])
    expect(read({ openapi: '3.0.0', servers: [], paths: PATHS })).toEqual(['users', 'users/{userId}'])
  })

  test('version 3 behind the servers of a path or an operation, which go before the document’s', () => {
    const paths = {
      '/a': { servers: [{ url: '/path' }], get: {}, post: { servers: [{ url: '/operation' }] } },
      '/b': { put: { servers: [{ url: '/operation' }] } },
      '/c': { get: {} },
      '/d': { $ref: '#/components/pathItems/D~1item' },
      '/e': { $ref: '#/paths/~1e' },
    }
    const components = { pathItems: { 'D/item': { servers: [{ url: '/referred' }] } } }
    expect(read({ openapi: '3.1.0', servers: [{ url: '/document' }], paths, components })).toEqual([
      'path/a',
      'operation/a',
      'operation/b',
      'document/c',
      'referred/d',
      'document/e',
    ])
  })

  test('a document that is mounted elsewhere, behind a prefix', () => {
    expect(read({ openapi: '3.0.0', servers: [{ url: '/v1' }], paths: PATHS }, '/gateway/')).toEqual([
      'gateway/v1/users',
      'gateway/v1/users/{userId}',
    ])
  })

  test('version 3.1, which may have none', () => {
    expect(read({ openapi: '3.1.0', webhooks: { newUser: { post: {} } } })).toEqual([])
  })

  test('YAML like JSON, with aliases', () => {
    const text = [
      'openapi: 3.0.3',
      'servers: [{url: /v1}]',
      'paths:',
      '  /users: &users',
      '    get: {responses: {200: {description: ok}}}',
      '  "/teams/{id}": *users',
    ].join('\n')
    expect(readText('yaml', text)).toEqual(['v1/users', 'v1/teams/{id}'])
    expect(readText('yaml', JSON.stringify({ swagger: 2.0, paths: PATHS }))).toEqual(['users', 'users/{userId}'])
  })
})

describe('a list has', () => {
  test('a template a line in any syntax, with a method or without', () => {
    const text = '\uFEFF# our routes\n\nGET /users/:id\r\nPOST|PUT  /users/<int:id>\n  files/*  \nDELETE,GET /x\nGET\n'
    expect(readText('list', text)).toEqual(['users/{id}', 'files/{rest+}', 'x', 'GET'])
    expect(readText('list', '/a\nhttps://api.example.com/b/:c', 'v1')).toEqual(['v1/a', 'v1/b/{c}'])
  })

  test('JSON’s templates', () => {
    expect(read({ templateUris: ['/a/:b', 'a/{b}', 'c'] })).toEqual(['a/{b}', 'c'])
    expect(refused(() => read({ templateUris: 'a' }))).toBe(
      'invalid.value: The field [templateUris] must be a list of texts, not [a].',
    )
  })

  test('2,206 real ones', () => {
    const text = readFileSync(join(import.meta.dirname, '../../demo/platform-templates.txt'), 'utf8')
    expect(readText('list', text)).toHaveLength(2206)
  })
})

describe('refused is', () => {
  test.each([
    [{}, 'it must say "swagger": "2.0" or "openapi": "3.0" or "3.1", and says [undefined]'],
    [{ openapi: '4.0.0', paths: {} }, 'and says [4.0.0]'],
    [[], 'and says [undefined]'],
    [{ openapi: '3.0.0' }, 'its [paths] are no object [undefined]'],
    [{ swagger: '2.0', paths: [] }, 'its [paths] are no object [[]]'],
    [{ swagger: '2.0', basePath: 1, paths: {} }, 'its [basePath] must be a text [1]'],
    [{ openapi: '3.0.0', servers: {}, paths: {} }, 'its [servers] must be a list [{}]'],
    [{ openapi: '3.0.0', servers: [{}], paths: {} }, 'a server must have a [url] [{}]'],
  ])('what is no OpenAPI document: %j', (document, message) => {
    expect(refused(() => read(document))).toContain(message)
    expect(refused(() => read(document))).toContain('constraint.validation: ')
  })

  test.each(['./users.yaml', 'https://example.com/api.json#/paths/~1x', 'other.json'])(
    'a document that refers to another one: %s',
    ($ref) => {
      const documents = [
        { openapi: '3.0.0', paths: { '/users': { $ref } } },
        { openapi: '3.0.0', paths: {}, components: { schemas: { A: { items: [{ $ref }] } } } },
      ]
      for (const document of documents) {
        expect(refused(() => read(document))).toContain(`The document refers to another one, [${$ref}]`)
      }
      const asData = {
        openapi: '3.0.0',
        paths: {},
        components: { schemas: { A: { example: { $ref } } }, 'x-a': { $ref } },
      }
      expect(read(asData)).toEqual([])
    },
  )

  test('what is not JSON or YAML, saying where', () => {
    expect(refused(() => readText('json', '{"openapi": '))).toContain('bad.request: The document is not JSON: ')
    expect(refused(() => readText('yaml', 'a: [1, 2\nb: }'))).toMatch(
      /^bad\.request: The document is not YAML .* line \d/,
    )
    expect(refused(() => readText('yaml', 'a: *nowhere'))).toContain('bad.request: ')
  })

  test('YAML that grows from aliases to aliases, or has very many', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 12; level++) {
      bomb.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    }
    expect(refused(() => readText('yaml', bomb.join('\n')))).toContain('bad.request: ')
    const many = `a: &a 1\nb: [${Array(1_500).fill('*a').join(', ')}]`
    expect(refused(() => readText('yaml', many))).toContain('more than the allowed 1000 YAML aliases')
  })

  test.each([101, 20_000])('YAML that is nested %i levels deep', (levels) => {
    for (const text of [
      `a: ${'['.repeat(levels)}${']'.repeat(levels)}`,
      `${'{a: '.repeat(levels)}1${'}'.repeat(levels)}`,
    ]) {
      expect(refused(() => readText('yaml', text))).toMatch(
        /^bad\.request: .*nested deeper than the allowed 100 levels/,
      )
    }
  })

  test('JSON however deep it is nested is read, or is no OpenAPI document', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    expect(refused(() => readText('json', `{"paths": ${deep}}`))).toContain(': The document')
    expect(readText('json', `{"openapi": "3.0.0", "paths": {}, "a": ${deep}}`)).toEqual([])
  })

  test.each([
    ['(unmatched)', 'stands for calls that no template fits'],
    ['/(overflow)/', 'stands for calls that no template fits'],
    [`/${'x'.repeat(1025)}`, 'has more than the 1024 characters'],
    ['/a\0', 'has NUL'],
  ])('the template %j', (template, why) => {
    expect(refused(() => readText('list', template))).toContain(why)
  })
})

describe('a document too large to be read at once', () => {
  const paths = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`/things-${index}/{id}`, { get: {} }]))

  test('is read in a thread, in every format', async () => {
    const document = { openapi: '3.0.0', servers: [{ url: '/v1' }], paths }
    const expected = Object.keys(paths).map((path) => `v1${path}`)
    for (const [format, text] of [
      ['json', JSON.stringify(document)],
      ['yaml', stringify(document)],
      ['list', expected.join('\n')],
    ] as const) {
      expect(await importedTemplates({ format, text, prefix: '' })).toEqual(expected)
    }
  })

  test('is refused in the same words', async () => {
    const text = JSON.stringify({ openapi: '2', paths })
    const problem = importedTemplates({ format: 'json', text, prefix: '' })
    await expect(problem).rejects.toMatchObject({
      code: 'constraint.validation',
      message: refused(() => read({ openapi: '2' })).replace('constraint.validation: ', ''),
      params: { value: '2' },
    })
  })
})
