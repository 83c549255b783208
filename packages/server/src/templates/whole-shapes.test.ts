import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldPath } from './fold.ts'
import { PathResolver } from './path-resolver.ts'
import { suggestionsOf } from './suggestions.ts'
import { wholeShapes } from './whole-shapes.ts'

const shapesOf = (counted: readonly string[], templates: readonly string[]) =>
  wholeShapes(counted, templates, new PathResolver(templates))

test('a shape is moved where every path of it fits one template', () => {
  const templates = ['users/{userId}', 'users/me', 'files/{rest+}', 'reports/{name}.csv', '{x}/health']
  const counted = [
    'users/{id}',
    'users/ann',
    'users/{id}.json',
    'files/{id}/a/{id}',
    'reports/{id}.csv',
    '{id}/health',
    'users',
    'teams/{id}',
    'users/{userId}',
    'files/{theirOwn}',
    '(unmatched)',
    '(overflow)',
    '',
  ]
  const { moves, ambiguous } = shapesOf(counted, templates)
  expect(Object.fromEntries(moves.map(({ from, to }) => [from, to]))).toEqual({
    'users/{id}': 'users/{userId}',
    'users/ann': 'users/{userId}',
    'users/{id}.json': 'users/{userId}',
    'files/{id}/a/{id}': 'files/{rest+}',
    'reports/{id}.csv': 'reports/{name}.csv',
    '{id}/health': '{x}/health',
  })
  expect(ambiguous).toEqual([])
})

test('a shape is left where a literal that looks like an id, or a pattern, takes some of its paths', () => {
  const counted = ['v/{id}', 'w/{id}', 'x/{id}/a', 'y/{id}/b/c']
  const templates = [
    'v/{v}',
    'v/2020-01-01',
    'w/{w}',
    'w/4{n}',
    'x/{x}/a',
    'x/{x}/{id}',
    'x/7/b',
    'y/7/{all+}',
    'y/{all+}',
  ]
  const { moves, ambiguous } = shapesOf(counted, templates)
  expect(ambiguous).toEqual(['v/{id}', 'w/{id}', 'y/{id}/b/c'])
  expect(moves).toEqual([{ from: 'x/{id}/a', to: 'x/{x}/a' }])
})

test('every path of a shape that is moved would be counted under that template, whatever there is', () => {
  const segment = fc.constantFrom('a', '7', '2020-01-01', '{x}', '{y}', 'a{x}', '{x}.json', '4{x}')
  const template = fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom([], [], ['{r+}']))
    .map(([segments, rest]) => [...segments, ...rest].join('/'))
  const value = fc.constantFrom('a', 'ab', '7', '42', '2020-01-01', '9.json', '4711.json', 'b')
  const path = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => values.join('/'))
  fc.assert(
    fc.property(fc.uniqueArray(template, { maxLength: 8 }), fc.array(path, { maxLength: 30 }), (templates, paths) => {
      const resolver = new PathResolver(templates)
      const { moves } = shapesOf([...new Set(paths.map(foldPath))], templates)
      for (const one of paths) {
        const move = moves.find(({ from }) => from === foldPath(one))
        if (move !== undefined) expect(resolver.templateOf(one)).toBe(move.to)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('suggested is a parameter where ten texts or more stand at one place of paths that were found', () => {
  const names = Array.from({ length: 10 }, (_, index) => `name-${index}`)
  const seen = (shape: string, notFound = 0) => ({ shape, calls: 3, notFound })
  const paths = [
    ...names.map((name) => seen(`api/countries/${name}`)),
    ...names.map((name) => seen(`api/users/{id}/notes/${name}/text`, 1)),
    ...names.map((name) => seen(`scan/${name}`, 3)),
    ...names.slice(1).map((name) => seen(`few/${name}`)),
    ...names.map((name) => seen(name)),
    ...names.map((name) => seen(`v1/address/${name}`)),
  ]
  const examples = ['name-0', 'name-1', 'name-2']
  expect(suggestionsOf(paths)).toEqual([
    { templateUri: 'api/countries/{countryId}', values: 10, calls: 30, examples },
    { templateUri: 'v1/address/{addressId}', values: 10, calls: 30, examples },
    { templateUri: 'api/users/{id}/notes/{noteId}/text', values: 10, calls: 20, examples },
  ])
})
