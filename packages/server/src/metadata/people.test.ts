import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { addClient, updateClient } from './clients.ts'
import { type MetadataDatabase, openMetadata } from './database.ts'
import { first } from './migrations/001-first.ts'
import { clientRoleDivisions } from './migrations/002-client-role-divisions.ts'
import { addOrganization, beginDeletion } from './organizations.ts'
import type { SignedInPerson } from './signed-in-person.ts'
import { exampleClient, TemporaryMetadata } from './temporary-metadata.ts'
import { addToken, findTokenHolder, removeTokensOf } from './tokens.ts'

const ADA: SignedInPerson = {
  issuer: 'https://login.example.com',
  subject: 'ada',
  name: 'Ada',
  organizationId: 'acme',
  permissions: ['usage:organization:view'],
}
const RITA: SignedInPerson = { ...ADA, issuer: '', subject: 'rita', name: 'as she was called', permissions: [] }
const SESSION = { hash: 'session', kind: 'session', clientId: '', createdAt: 1, expiresAt: 200 } as const
const ACCESS = { hash: 'access', kind: 'access', clientId: 'app', createdAt: 1, expiresAt: 200 } as const
const STAMP = { modifiedAt: 1, modifiedBy: '' }

async function open(): Promise<TemporaryMetadata> {
  const metadata = await TemporaryMetadata.open()
  const { database } = metadata
  for (const id of ['acme', 'beta']) await addOrganization(database, { id, name: id, createdAt: 1 })
  await addClient(database, exampleClient({ id: 'rita', name: 'Rita', permissions: ['usage:event:add'] }))
  await addClient(database, exampleClient({ id: 'app', name: 'The app', permissions: ['usage:client:view'] }))
  return metadata
}

const find = (database: MetadataDatabase, token: typeof SESSION | typeof ACCESS) =>
  findTokenHolder(database, token, 100)

test('the session of an outside issuer’s person is theirs as they signed in, after a restart too', async () => {
  await using metadata = await open()
  await addToken(metadata.database, { ...SESSION, person: ADA })
  const database = await metadata.reopen()
  expect(await find(database, SESSION)).toEqual({ organizationId: 'acme', client: undefined, person: ADA })
  expect(await findTokenHolder(database, SESSION, 200)).toBeUndefined()
})

test('a person of this server is their client as it is now', async () => {
  await using metadata = await open()
  await addToken(metadata.database, { ...SESSION, clientId: 'rita', person: RITA })
  const person = { ...RITA, name: 'Rita', permissions: ['usage:event:add'] }
  const client = { id: 'rita', name: 'Rita', permissions: ['usage:event:add'] }
  expect(await find(metadata.database, SESSION)).toEqual({ organizationId: 'acme', client, person })
})

test.each([ADA, RITA])('a token that speaks for $subject through a client knows both', async (person) => {
  await using metadata = await open()
  await addToken(metadata.database, { ...ACCESS, person })
  expect(await find(metadata.database, ACCESS)).toMatchObject({
    organizationId: 'acme',
    client: { id: 'app', permissions: ['usage:client:view'] },
    person: { subject: person.subject },
  })
})

test.each(['app', 'rita'])('such a token is dead while the client %s is disabled', async (id) => {
  await using metadata = await open()
  const { database } = metadata
  await addToken(database, { ...ACCESS, person: RITA })
  await updateClient(database, 'acme', id, { state: 'disabled', ...STAMP })
  expect(await find(database, ACCESS)).toBeUndefined()
  await updateClient(database, 'acme', id, { state: 'active', ...STAMP })
  expect(await find(database, ACCESS)).toBeDefined()
})

test.each(['app', 'rita'])('such a token ends with all of the client %s', async (id) => {
  await using metadata = await open()
  await addToken(metadata.database, { ...ACCESS, person: RITA })
  await addToken(metadata.database, { ...SESSION, person: { ...ADA, subject: id } })
  await removeTokensOf(metadata.database, id)
  expect(await find(metadata.database, ACCESS)).toBeUndefined()
  // Somebody whom an outside issuer calls the same is somebody else.
  expect(await find(metadata.database, SESSION)).toBeDefined()
})

test.each(['app', 'rita'])('such a token is dead when the client %s is deleted', async (id) => {
  await using metadata = await open()
  await addToken(metadata.database, { ...ACCESS, person: RITA })
  await metadata.database.deleteFrom('client').where('id', '=', id).execute()
  expect(await find(metadata.database, ACCESS)).toBeUndefined()
})

test('nobody acts through a client of another organization', async () => {
  await using metadata = await open()
  const { database } = metadata
  await addClient(database, exampleClient({ id: 'stranger', organizationId: 'beta' }))
  for (const [hash, person] of [
    ['outside', { ...ADA, organizationId: 'beta' }],
    ['own', { ...RITA, subject: 'stranger' }],
  ] as const) {
    await addToken(database, { ...ACCESS, hash, person })
    expect(await findTokenHolder(database, { hash, kind: 'access' }, 100)).toBeUndefined()
  }
})

test('an organization’s end is the end of its people’s sessions', async () => {
  await using metadata = await open()
  const { database } = metadata
  await addToken(database, { ...SESSION, person: ADA })
  await addToken(database, { ...SESSION, hash: 'other', person: { ...ADA, organizationId: 'beta' } })
  await beginDeletion(database, 'acme', 5)
  expect((await database.selectFrom('token').select('hash').execute()).map((row) => row.hash)).toEqual(['other'])
})

test('a session that began before people had names lives through the upgrade', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-people-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'metadata.sqlite')
  const older = await openMetadata(path, { '001-first': first, '002-client-role-divisions': clientRoleDivisions })
  await addOrganization(older, { id: 'acme', name: 'Acme', createdAt: 1 })
  await addClient(older, exampleClient({ id: 'rita', name: 'Rita' }))
  for (const kind of ['session', 'access'] as const) {
    const row = { hash: kind, kind, clientId: 'rita', createdAt: 1, expiresAt: 200 }
    await older.insertInto('token').values(row).execute()
  }
  await older.destroy()
  const newer = await openMetadata(path)
  const client = { id: 'rita', name: 'Rita', permissions: [] }
  const person = { issuer: '', subject: 'rita', name: 'Rita', organizationId: 'acme', permissions: [] }
  expect(await find(newer, SESSION)).toEqual({ organizationId: 'acme', client, person })
  expect(await find(newer, ACCESS)).toEqual({ organizationId: 'acme', client, person: undefined })
  await newer.destroy()
})
