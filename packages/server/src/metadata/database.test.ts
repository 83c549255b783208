import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Insertable } from 'kysely'
import type { Migration } from 'kysely/migration'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataFolderProblem } from '../domain/data-folder-problem.ts'
import { findClientById } from './clients.ts'
import { type MetadataDatabase, MIGRATIONS, openMetadata } from './database.ts'
import { writeFlag } from './flags.ts'
import { addOrganization, listOrganizations } from './organizations.ts'
import type { ClientTable } from './schema.ts'
import { exampleClient } from './temporary-metadata.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-metadata-'))
  path = join(folder, 'metadata.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

const ACME = { id: 'acme', name: 'Acme', createdAt: 1 }

test('what was written is there after reopening', async () => {
  const before = await openMetadata(path)
  await addOrganization(before, ACME)
  await before.destroy()
  const after = await openMetadata(path)
  expect(await listOrganizations(after)).toEqual([ACME])
  await after.destroy()
})

test('what was committed survives a process that ends without closing', async () => {
  const before = await openMetadata(path)
  await addOrganization(before, ACME)
  const copy = join(folder, 'copy.sqlite')
  for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(path + suffix))
  const after = await openMetadata(copy)
  expect(await listOrganizations(after)).toEqual([ACME])
  await after.destroy()
  await before.destroy()
})

test('a file of a folder in use that is empty, or lost its log, is reported and not filled anew', async () => {
  const before = await openMetadata(path)
  const copy = join(folder, 'copy.sqlite')
  writeFileSync(copy, readFileSync(path))
  await before.destroy()
  await expect(openMetadata(copy, MIGRATIONS, true)).rejects.toThrow(
    `${copy} is empty, or its log ${copy}-wal is missing`,
  )
  writeFileSync(copy, '')
  await expect(openMetadata(copy, MIGRATIONS, true)).rejects.toThrow(DataFolderProblem)
})

test('a file that was cut short is reported', async () => {
  const before = await openMetadata(path)
  for (let number = 0; number < 200; number++) await addOrganization(before, { ...ACME, id: `organization-${number}` })
  await before.destroy()
  const whole = readFileSync(path)
  for (let bytes = 1000; bytes < whole.length; bytes += 17_000) {
    writeFileSync(path, whole.subarray(0, bytes))
    await expect(openMetadata(path, MIGRATIONS, true), `cut to ${bytes}`).rejects.toThrow(DataFolderProblem)
  }
})

const later: Migration = {
  up: (db) => db.schema.createTable('later').addColumn('id', 'integer').execute(),
}

test('an upgrade opens older data and keeps it', async () => {
  const older = await openMetadata(path)
  await addOrganization(older, ACME)
  await older.destroy()
  const newer = await openMetadata(path, { ...MIGRATIONS, '998-later': later })
  expect(await listOrganizations(newer)).toEqual([ACME])
  expect(await tablesOf(newer)).toContain('later')
  await newer.destroy()
})

test('an upgrade that fails half-way has not happened, and the same version opens the file as before', async () => {
  const older = await openMetadata(path)
  await addOrganization(older, ACME)
  await older.destroy()
  const broken: Migration = {
    async up(db) {
      await later.up(db)
      throw new Error('the disk is full')
    },
  }
  const refused = openMetadata(path, { ...MIGRATIONS, '998-broken': broken })
  await expect(refused).rejects.toThrow(/could not be upgraded and is as it was: the disk is full/)
  const again = await openMetadata(path)
  expect(await listOrganizations(again)).toEqual([ACME])
  expect(await tablesOf(again)).not.toContain('later')
  await again.destroy()
})

async function tablesOf(database: MetadataDatabase): Promise<string[]> {
  return (await database.introspection.getTables()).map((table) => table.name)
}

test('a file of a newer version is refused by name and stays as it was', async () => {
  await (await openMetadata(path, { ...MIGRATIONS, '998-later': later })).destroy()
  const before = readFileSync(path)
  const refused = openMetadata(path)
  await expect(refused).rejects.toThrow(DataFolderProblem)
  await expect(refused).rejects.toThrow('written by a newer Routemeter (metadata step 998-later)')
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a file that is no database is reported and stays as it was', async () => {
  writeFileSync(path, 'this is not a database, it only looks like a file of one '.repeat(100))
  const before = readFileSync(path)
  const refused = openMetadata(path)
  await expect(refused).rejects.toThrow(DataFolderProblem)
  await expect(refused).rejects.toThrow(`The metadata file ${path} cannot be read: file is not a database. Restore`)
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a page overwritten in the middle is reported and stays as it was', async () => {
  const database = await openMetadata(path)
  await database.transaction().execute(async (transaction) => {
    for (let row = 0; row < 300; row += 1) await writeFlag(transaction, `flag ${row}`, 'x'.repeat(100))
  })
  await database.destroy()
  const damaged = readFileSync(path)
  const page = damaged.indexOf('flag 150')
  expect(page).toBeGreaterThan(0)
  damaged.fill(0xff, page - (page % 4096), page - (page % 4096) + 4096)
  writeFileSync(path, damaged)
  await expect(openMetadata(path)).rejects.toThrow(/Restore it from a backup/)
  expect(readFileSync(path).equals(damaged)).toBe(true)
})

test('a file cut short is reported and stays as it was', async () => {
  await (await openMetadata(path)).destroy()
  const cut = readFileSync(path).subarray(0, 6000)
  writeFileSync(path, cut)
  await expect(openMetadata(path)).rejects.toThrow(/Restore it from a backup/)
  expect(readFileSync(path).equals(cut)).toBe(true)
})

test('a folder that is not there is reported, not made', async () => {
  const missing = join(folder, 'no', 'such', 'folder.sqlite')
  await expect(openMetadata(missing)).rejects.toThrow(/ENOENT: no such file or directory, open '.*'$/)
  expect(existsSync(join(folder, 'no'))).toBe(false)
})

test('the file and what SQLite puts beside it are the owner’s alone', async () => {
  const database = await openMetadata(path)
  await addOrganization(database, ACME)
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600)
  await database.destroy()
})

test('clients of a data folder from before there were role divisions have none', async () => {
  const { '001-first': first } = MIGRATIONS
  const older = await openMetadata(path, first === undefined ? {} : { '001-first': first })
  const { roleDivisions: _, ...client } = exampleClient()
  const lists = { permissions: '[]', roleIds: '[]', scope: '[]', registeredRedirectUri: '[]' }
  await older
    .insertInto('client')
    .values({ ...client, ...lists } as Insertable<ClientTable>)
    .execute()
  await older.destroy()
  const newer = await openMetadata(path)
  expect(await findClientById(newer, client.id)).toEqual({ ...client, roleDivisions: [] })
  await newer.destroy()
})
