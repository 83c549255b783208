import { expect, test } from 'vitest'
import { PathResolver } from './path-resolver.ts'
import { UnmatchedPaths } from './unmatched-paths.ts'

test('every path that no template fits is seen under its shape, with an example that has no query', () => {
  const unmatched = new UnmatchedPaths()
  const resolver = new PathResolver(['users/{id}'], { sample: unmatched.sampleOf('acme') })
  resolver.resolve('/users/7?token=secret', 200)
  for (const id of [1, 2, 3]) resolver.resolve(`/teams/${id}?token=secret`, id === 3 ? 404 : 200)
  const bytes = Buffer.from('/wp-admin#secret')
  resolver.resolveAscii(bytes, 0, bytes.length, 404)
  expect(unmatched.drain()).toEqual([
    { organizationId: 'acme', shape: 'teams/{id}', calls: 3, notFound: 1, example: 'teams/1' },
    { organizationId: 'acme', shape: 'wp-admin', calls: 1, notFound: 1, example: 'wp-admin' },
  ])
  expect(unmatched.drain()).toEqual([])
})

test('what other threads saw is added up, each organization’s by itself', () => {
  const unmatched = new UnmatchedPaths()
  const seen = { shape: 'a', calls: 2, notFound: 1, example: 'a' }
  unmatched.add([{ organizationId: 'acme', ...seen }])
  unmatched.add([
    { organizationId: 'acme', ...seen },
    { organizationId: 'globex', ...seen },
  ])
  expect(unmatched.drain().map(({ organizationId, calls, notFound }) => [organizationId, calls, notFound])).toEqual([
    ['acme', 4, 2],
    ['globex', 2, 1],
  ])
})

test('a scanner cannot fill the sample: half of its places are for paths that were found', () => {
  const unmatched = new UnmatchedPaths()
  const sample = unmatched.sampleOf('acme')
  for (let index = 0; index < 10_000; index++) sample.note(`scan-${index}`, `scan-${index}`, true)
  for (let index = 0; index < 10_000; index++) sample.note(`real-${index}`, 'x'.repeat(9_000), false)
  const paths = unmatched.drain()
  expect(paths.length).toBe(500)
  expect(paths.filter(({ shape }) => shape.startsWith('real-')).length).toBe(250)
  expect(Math.max(...paths.map(({ example }) => example.length))).toBe(256)
})
