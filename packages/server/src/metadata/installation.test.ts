import { expect, test } from 'vitest'
import { readFlag, writeFlag } from './flags.ts'
import { addRouteTemplates, listRouteTemplates } from './route-templates.ts'
import { TemporaryMetadata } from './temporary-metadata.ts'

test('a flag has the value last written, after a restart too', async () => {
  await using metadata = await TemporaryMetadata.open()
  expect(await readFlag(metadata.database, 'demo')).toBeUndefined()
  await writeFlag(metadata.database, 'demo', 'half')
  await writeFlag(metadata.database, 'demo', 'done')
  await writeFlag(metadata.database, 'other', '1')
  expect(await readFlag(await metadata.reopen(), 'demo')).toBe('done')
})

test('route templates are added once and listed by code point, each organization’s apart', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  expect(await addRouteTemplates(database, 'acme', ['b', 'a/{id}', 'Z', 'ä'], 1)).toBe(4)
  expect(await addRouteTemplates(database, 'acme', ['b', 'c', 'c'], 2)).toBe(1)
  expect(await addRouteTemplates(database, 'beta', ['b'], 2)).toBe(1)
  expect(await listRouteTemplates(database, 'acme')).toEqual(['Z', 'a/{id}', 'b', 'c', 'ä'])
  expect(await listRouteTemplates(database, 'beta')).toEqual(['b'])
  expect(await listRouteTemplates(database, 'gamma')).toEqual([])
})

test('more route templates than one statement takes are added, all or none', async () => {
  await using metadata = await TemporaryMetadata.open()
  const { database } = metadata
  const many = Array.from({ length: 2500 }, (_, index) => `api/${index}`)
  const withBad = [...many, null as unknown as string]
  await expect(addRouteTemplates(database, 'acme', withBad, 1)).rejects.toThrow(/NOT NULL/)
  expect(await listRouteTemplates(database, 'acme')).toEqual([])
  expect(await addRouteTemplates(database, 'acme', many, 1)).toBe(2500)
  expect(new Set(await listRouteTemplates(database, 'acme'))).toEqual(new Set(many))
  expect(await addRouteTemplates(database, 'acme', [], 1)).toBe(0)
})
