import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TemplateTrie } from './template-trie.ts'

const GENESYS = readFileSync(join(import.meta.dirname, '../demo/platform-templates.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.slice(1))

describe('the template that fits a path', () => {
  const find = (templates: readonly string[], path: string) => new TemplateTrie(templates).find(path)

  test('has its literals and something for each parameter', () => {
    const templates = ['api/v2/users', 'api/v2/users/{userId}', 'api/v2/users/{userId}/presences/{sourceId}']
    expect(find(templates, '/api/v2/users')).toBe('api/v2/users')
    expect(find(templates, '/api/v2/users/4711')).toBe('api/v2/users/{userId}')
    expect(find(templates, '/api/v2/users/4711/presences/PURECLOUD')).toBe('api/v2/users/{userId}/presences/{sourceId}')
    expect(find(templates, '/api/v2/users/4711/presences')).toBeUndefined()
    expect(find(templates, '/api/v2/user')).toBeUndefined()
    expect(find(templates, '/api/v2/userss')).toBeUndefined()
    expect(find(templates, '/api/v2')).toBeUndefined()
    expect(find([], '/api')).toBeUndefined()
  })

  test('is the more literal one, whichever came first', () => {
    const templates = ['users/{id}', 'users/me', 'users/{name}.json', 'users/{id}:activate', 'users/{x}on', '{any}/me']
    for (const order of [templates, templates.toReversed()]) {
      expect(find(order, '/users/me')).toBe('users/me')
      expect(find(order, '/users/men')).toBe('users/{id}')
      expect(find(order, '/users/m')).toBe('users/{id}')
      expect(find(order, '/users/all.json')).toBe('users/{name}.json')
      expect(find(order, '/users/4711:activate')).toBe('users/{id}:activate')
      expect(find(order, '/teams/me')).toBe('{any}/me')
    }
  })

  test('is found behind a literal that led nowhere', () => {
    const templates = ['users/me/queues', 'users/{id}/roles', 'users/{file}.json/roles/x']
    expect(find(templates, '/users/me/roles')).toBe('users/{id}/roles')
    expect(find(templates, '/users/a.json/roles')).toBe('users/{id}/roles')
    expect(find(templates, '/users/me/queues')).toBe('users/me/queues')
  })

  test('is one of those that differ in parameters’ names only: the smallest text, whichever came first', () => {
    const templates = ['rooms/{messageIds}', 'rooms/{messageId}', 'rooms/{id}']
    for (const order of [templates, templates.toReversed()]) expect(find(order, '/rooms/1')).toBe('rooms/{id}')
  })

  test('can be the root, which is no prefix of the others', () => {
    expect(find(['/', 'a'], '/')).toBe('/')
    expect(find(['/', 'a'], '/a')).toBe('a')
    expect(find(['{any}'], '/')).toBeUndefined()
    expect(find(['/'], '/a')).toBeUndefined()
  })

  test('may take all the rest of a path, after everything else was tried at that place', () => {
    const templates = ['files/{rest+}', 'files/{id}', 'files/{id}/meta', 'files/a/b/c', '{proxy+}']
    for (const order of [templates, templates.toReversed()]) {
      expect(find(order, '/files/a')).toBe('files/{id}')
      expect(find(order, '/files/a/meta')).toBe('files/{id}/meta')
      expect(find(order, '/files/a/b')).toBe('files/{rest+}')
      expect(find(order, '/files/a/b/c')).toBe('files/a/b/c')
      expect(find(order, '/files/a/b/c/d')).toBe('files/{rest+}')
      expect(find(order, '/files')).toBe('{proxy+}')
      expect(find(order, '/')).toBeUndefined()
    }
  })

  test('is found by the characters that it has, not by their first bytes', () => {
    const templates = ['é/{id}', 'è/{id}', '😀', '😁', 'ü{x}']
    expect(templates.map((template) => find(templates, `/${template.replace(/\{\w+\}/, 'ñ')}`))).toEqual(templates)
    expect(find(templates, '/ê/1')).toBeUndefined()
  })

  test('may have names of any object’s properties', () => {
    expect(find(['a/{id}'], '/constructor/1')).toBeUndefined()
    expect(find(['__proto__/{id}'], '/__proto__/1')).toBe('__proto__/{id}')
  })
})

describe('2,206 real templates', () => {
  const trie = new TemplateTrie(GENESYS)
  const parameterValue = fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.constantFrom('me', 'query', 'users', 'all', 'bulk', '-', '..a', '%2F', 'a@b.c', 'résumé'),
    fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replace(/[/?#%]/g, '_')),
  )

  test('are each found by a path of theirs, or something more literal is', () => {
    const filled = fc
      .constantFrom(...GENESYS)
      .chain((template) => fc.tuple(fc.constant(template), fc.array(parameterValue, { minLength: 12, maxLength: 12 })))
    fc.assert(
      fc.property(filled, ([template, values]) => {
        let next = 0
        const path = `/${template.replace(/\{\w+\}/g, () => values[next++ % values.length] ?? 'x')}`
        expect(trie.find(path)).toBe(mostLiteral(GENESYS, path))
      }),
      { numRuns: 300 },
    )
  })

  test('are found the same in whatever order they are imported', () => {
    const shuffled = new TemplateTrie(GENESYS.toSorted((a, b) => hash(a) - hash(b)))
    for (const template of GENESYS) {
      const path = `/${template.replaceAll(/\{\w+\}/g, 'me')}`
      expect(shuffled.find(path)).toBe(trie.find(path))
    }
  })
})

describe('few segments in every combination', () => {
  const segment = fc.constantFrom('a', 'ab', 'b', '{x}', '{y}', '{x}b', 'a{x}', '{x}-{y}')
  const template = fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom([], [], ['{r+}'], ['{s+}']))
    .map(([segments, rest]) => [...segments, ...rest])
  const templates = fc.array(template, { maxLength: 12 })
  const word = fc.constantFrom('a', 'b', 'ab', 'abb', 'aab', 'c', 'c-d', 'a-b')
  const paths = fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 })

  test('give the template that a naive search gives, in any order of import', () => {
    fc.assert(
      fc.property(templates, paths, (someTemplates, somePaths) => {
        const texts = someTemplates.map((segments) => segments.join('/'))
        const tries = [texts, texts.toReversed(), texts.toSorted((a, b) => hash(a) - hash(b))].map(
          (order) => new TemplateTrie(order),
        )
        for (const path of somePaths.map((segments) => `/${segments.join('/')}`)) {
          const expected = mostLiteral(texts, path)
          for (const trie of tries) {
            expect(trie.find(path)).toBe(expected)
            const bytes = Buffer.from(path)
            const found = trie.findBytes(bytes, 0, bytes.length)
            // A catch-all is not answered for before the path is normalized.
            if (!expected?.endsWith('+}')) expect([expected, undefined]).toContain(found)
            if (!texts.some((text) => text.endsWith('+}'))) expect(found).toBe(expected)
          }
        }
      }),
    )
  })
})

/**
 * All templates that fit by regular expression; of these, segment by segment, the most literal, a catch-all last; then the
 * smallest.
 */
function mostLiteral(templates: readonly string[], path: string): string | undefined {
  const segments = path.slice(1).split('/')
  let fitting = templates
    .map((template) => ({ template, parts: template.split('/') }))
    .filter(({ parts }) => new RegExp(`^${parts.map(expression).join('/')}$`, 's').test(path.slice(1)))
  for (const at of segments.keys()) {
    const best = Math.min(...fitting.map(({ parts }) => rank(parts[at] ?? '')))
    fitting = fitting.filter(({ parts }) => rank(parts[at] ?? '') === best)
    const shapeAt = (parts: readonly string[]) => (parts[at] ?? '').replaceAll(/\{\w+\+?\}/g, '{}')
    const shape = fitting.map(({ parts }) => shapeAt(parts)).sort()[0]
    fitting = fitting.filter(({ parts }) => shapeAt(parts) === shape)
  }
  return fitting.map(({ template }) => template).sort()[0]
}

/** 0 for a literal, then patterns by falling number of literal characters, then parameters, then catch-alls. */
function rank(part: string): number {
  if (part.endsWith('+}')) return 3_000
  const literal = part.replaceAll(/\{\w+\}/g, '')
  if (literal === part) return 0
  return literal === '' ? 2_000 : 1_000 - literal.length
}

function expression(part: string): string {
  if (part.endsWith('+}')) return '.+'
  const literals = part.split(/\{\w+\}/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, '\\$&'))
  return literals.join('[^/]+')
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 7)
}
