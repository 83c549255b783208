import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PathResolver } from './path-resolver.ts'
import { createTemplateResolver } from './template-resolver.ts'

describe('a path is counted under', () => {
  const resolver = new PathResolver(['api/v2/users/{userId}', 'api/v2/users/me', 'health'])

  test('the template that fits it, whatever its spelling and its status', () => {
    for (const path of [
      '/api/v2/users/4711',
      'api/v2/users/4711/',
      'http://h/api/v2//users/4711?x=1',
      '/%61pi/v2/users/a%2Fb',
    ]) {
      expect(resolver.resolve(path, 200)).toBe('api/v2/users/{userId}')
      expect(resolver.resolve(path, 404)).toBe('api/v2/users/{userId}')
    }
    expect(resolver.resolve('/api/v2/users/m%65', 200)).toBe('api/v2/users/me')
  })

  test('the template without the format that the path names, where none fits the path itself', () => {
    const rails = new PathResolver(['users', 'users/{id}', 'reports/{name}.csv'])
    expect(rails.resolve('/users.json', 404)).toBe('users')
    expect(rails.resolve('/users/7.xml?x=1', 200)).toBe('users/{id}')
    expect(rails.resolve('/reports/a.csv', 200)).toBe('reports/{name}.csv')
    expect(rails.resolve('/teams.json', 200)).toBe('teams.json')
    expect(rails.resolve('/users/7/.json', 200)).toBe('users/{id}/.json')
  })

  test('one template whatever the case of its letters, where paths are not case-sensitive', () => {
    const anyCase = new PathResolver(['api/Users/{userId}', 'api/users/Me', 'É'], { caseSensitivePaths: false })
    for (const path of ['/api/users/X', '/API/USERS/x', '/Api/Users/%58']) {
      expect(anyCase.resolve(path, 200)).toBe('api/Users/{userId}')
      const bytes = Buffer.from(path)
      expect(anyCase.resolveAscii(bytes, 0, bytes.length, 200)).toBe('api/Users/{userId}')
    }
    expect(anyCase.resolve('/api/users/ME', 200)).toBe('api/users/Me')
    expect(anyCase.resolve('/é', 200)).toBe('É')
    expect(anyCase.resolve('/API/Teams/7', 200)).toBe('api/teams/{id}')
    expect(resolver.resolve('/API/v2/users/me', 200)).toBe('API/v2/users/me')
  })

  test('the same whether it comes as bytes or as a text, however it is written', () => {
    const all = new PathResolver(['a/{id}', 'a/b', 'a/b/{id}/c', 'a/{x}.json', 'b/{rest+}', '/'])
    const piece = fc.constantFrom('a', 'b', 'c', '/', '/', '//', '.', '..', '%61', '%2F', '?', '#', 'x.json', '7')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), fc.constantFrom(200, 404), (pieces, status) => {
        const path = `/${pieces.join('')}`
        const bytes = Buffer.from(`x${path}/a?`)
        const resolved = all.resolve(path, status)
        expect(all.resolveAscii(bytes, 1, 1 + path.length, status)).toBe(resolved)
        // Found as it is written, or after it was normalized.
        const template = all.templateOf(path)
        expect(resolved).toBe(template ?? all.shapeOf(path, status))
      }),
      { numRuns: 2_000 },
    )
  })

  test('its folded shape when no template fits it', () => {
    expect(resolver.resolve('/api/v2/queues/4711/members', 200)).toBe('api/v2/queues/{id}/members')
    expect(resolver.resolve('/', 200)).toBe('/')
  })

  test('(unmatched) when no template fits it and the answer was 404, or it is no path', () => {
    expect(resolver.resolve('/wp-admin/setup.php', 404)).toBe('(unmatched)')
    expect(resolver.resolve('/wp-admin/setup.php', 403)).toBe('wp-admin/setup.php')
    expect(resolver.resolve('*', 200)).toBe('(unmatched)')
  })

  test('(overflow) when even its shape is longer than 1,024 code points', () => {
    expect(resolver.resolve(`/${'x'.repeat(1024)}`, 200)).toBe('x'.repeat(1024))
    expect(resolver.resolve(`/${'x'.repeat(1025)}`, 200)).toBe('(overflow)')
    expect(resolver.resolve(`/${'😀'.repeat(1024)}`, 200)).toBe('😀'.repeat(1024))
    expect(resolver.resolve(`/${'😀'.repeat(1025)}`, 200)).toBe('(overflow)')
    expect(resolver.resolve(`/${'x'.repeat(1025)}`, 404)).toBe('(unmatched)')
    expect(resolver.resolve(`/${'1/'.repeat(200)}`, 200)).toBe(Array(200).fill('{id}').join('/'))
    expect(resolver.resolve(`/${'a/'.repeat(9_000)}`, 200)).toBe('(overflow)')
    expect(resolver.resolve(`/health?${'a/'.repeat(9_000)}`, 200)).toBe('health')
  })
})

describe('the templates of organizations', () => {
  test('are loaded once, when they are first asked for, in any syntax', async () => {
    const asked: string[] = []
    const templates = createTemplateResolver({
      templatesOf: async (organizationId) => {
        asked.push(organizationId)
        return organizationId === 'acme' ? ['/users/:id/'] : []
      },
    })
    const [first, second] = await Promise.all([templates.of('acme'), templates.of('acme')])
    expect(first).toBe(second)
    expect(first.resolve('/users/x', 200)).toBe('users/{id}')
    expect((await templates.of('other')).resolve('/users/x', 200)).toBe('users/x')
    expect(asked).toEqual(['acme', 'other'])
  })

  test('are new after a refresh, even when the old ones were still being loaded', async () => {
    const versions = [['users/{old}'], ['users/{new}']]
    const templates = createTemplateResolver({ templatesOf: async () => versions.shift() ?? [] })
    const old = templates.of('acme')
    templates.refresh('acme')
    expect((await templates.of('acme')).resolve('/users/x', 200)).toBe('users/{new}')
    expect((await old).resolve('/users/x', 200)).toBe('users/{old}')
    expect((await templates.of('acme')).resolve('/users/x', 200)).toBe('users/{new}')
  })

  test('are asked for again after loading them failed', async () => {
    let failures = 1
    const templates = createTemplateResolver({
      templatesOf: async () => {
        if (failures-- > 0) throw new Error('locked')
        return ['a/{b}']
      },
    })
    await expect(templates.of('acme')).rejects.toThrow('locked')
    expect((await templates.of('acme')).resolve('/a/x', 200)).toBe('a/{b}')
  })

  test('that are longest unused are forgotten past the limit, and loaded again', async () => {
    const asked: string[] = []
    const templates = createTemplateResolver({
      mostTemplates: 8,
      templatesOf: async (organizationId) => {
        asked.push(organizationId)
        return ['a', 'b', 'c']
      },
    })
    for (const organizationId of ['one', 'two', 'one', 'three', 'one', 'two']) await templates.of(organizationId)
    expect(asked).toEqual(['one', 'two', 'three', 'two'])
  })
})
