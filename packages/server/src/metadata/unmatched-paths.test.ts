import { expect, test } from 'vitest'
import { addOrganization, beginDeletion } from './organizations.ts'
import { TemporaryMetadata } from './temporary-metadata.ts'
import { addUnmatchedPaths, listUnmatchedPaths, removeUnmatchedPaths } from './unmatched-paths.ts'

const path = (shape: string, calls: number, notFound = 0, organizationId = 'acme') => {
  return { organizationId, shape, example: shape.replace('{id}', String(calls)), calls, notFound }
}
async function open(): Promise<TemporaryMetadata> {
  const metadata = await TemporaryMetadata.open()
  for (const id of ['acme', 'globex']) await addOrganization(metadata.database, { id, name: id, createdAt: 1 })
  return metadata
}
const kept = async (metadata: TemporaryMetadata, organizationId = 'acme') =>
  (await listUnmatchedPaths(metadata.database, organizationId)).map(({ shape, calls, notFound }) => [
    shape,
    calls,
    notFound,
  ])

test('unmatched paths are added up, each organization’s by itself, and are there after a restart', async () => {
  await using metadata = await open()
  await addUnmatchedPaths(metadata.database, [path('a/{id}', 3, 1), path('b', 9, 9)], 10)
  await addUnmatchedPaths(metadata.database, [path('a/{id}', 4), path('a/{id}', 7, 0, 'globex')], 20)
  await addUnmatchedPaths(metadata.database, [], 30)
  await metadata.reopen()
  expect(await listUnmatchedPaths(metadata.database, 'acme')).toEqual([
    { ...path('a/{id}', 7, 1), example: 'a/3', firstSeenAt: 10, lastSeenAt: 20 },
    { ...path('b', 9, 9), firstSeenAt: 10, lastSeenAt: 10 },
  ])
  await removeUnmatchedPaths(metadata.database, 'acme', ['a/{id}', 'never'])
  await removeUnmatchedPaths(metadata.database, 'acme', [])
  expect(await kept(metadata)).toEqual([['b', 9, 9]])
  expect(await kept(metadata, 'globex')).toEqual([['a/{id}', 7, 0]])
})

test('a thousand shapes are kept of an organization: those that tell most, 404s last', async () => {
  await using metadata = await open()
  const scans = Array.from({ length: 1_200 }, (_, index) => path(`scan-${index}`, 100, 100))
  const real = Array.from({ length: 900 }, (_, index) => path(`real-${index}`, index + 1))
  await addUnmatchedPaths(metadata.database, [path('other', 1, 0, 'globex')], 1)
  await addUnmatchedPaths(metadata.database, scans, 1)
  await addUnmatchedPaths(metadata.database, real, 2)
  const shapes = await kept(metadata)
  expect(shapes).toHaveLength(1_000)
  expect(shapes.slice(0, 900)).toEqual(real.map(({ shape, calls }) => [shape, calls, 0]).toReversed())
  expect(await kept(metadata, 'globex')).toEqual([['other', 1, 0]])
})

test('of an organization that is gone nothing is kept, and what comes late is not', async () => {
  await using metadata = await open()
  await addUnmatchedPaths(metadata.database, [path('a', 1), path('a', 1, 0, 'globex')], 1)
  await beginDeletion(metadata.database, 'acme', 2)
  await addUnmatchedPaths(metadata.database, [path('b', 1), path('b', 1, 0, 'never')], 3)
  expect([await kept(metadata), await kept(metadata, 'never')]).toEqual([[], []])
  expect(await kept(metadata, 'globex')).toEqual([['a', 1, 0]])
})
