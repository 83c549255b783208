import { describe, expect, test } from 'vitest'
import { addClient, updateClient } from './clients.ts'
import type { MetadataDatabase } from './database.ts'
import { addIngestKey, findIngestKey, listIngestKeys, removeIngestKey } from './ingest-keys.ts'
import { addOrganization } from './organizations.ts'
import { addSignInCode, takeSignInCode } from './sign-in-codes.ts'
import { exampleClient, TemporaryMetadata } from './temporary-metadata.ts'
import { addToken, findTokenHolder, removeExpired, removeToken, removeTokensOf } from './tokens.ts'

const TOKEN = { hash: 'token-hash', kind: 'access', clientId: 'reader', createdAt: 100, expiresAt: 200 } as const

async function withClient(): Promise<TemporaryMetadata> {
  const metadata = await TemporaryMetadata.open()
  await addOrganization(metadata.database, { id: 'acme', name: 'Acme', createdAt: 1 })
  await addClient(metadata.database, exampleClient({ name: 'Reader', permissions: ['usage:event:add'] }))
  return metadata
}

const rows = async (database: MetadataDatabase, table: 'token' | 'signInCode') =>
  (await database.selectFrom(table).select('hash').execute()).map((row) => row.hash).sort()

describe('a token', () => {
  test('speaks for its client until it expires, after a restart too', async () => {
    await using metadata = await withClient()
    await addToken(metadata.database, TOKEN)
    const reopened = await metadata.reopen()
    const client = { id: 'reader', name: 'Reader', permissions: ['usage:event:add'] }
    const holder = { organizationId: 'acme', client, person: undefined }
    expect(await findTokenHolder(reopened, TOKEN, 199)).toEqual(holder)
    expect(await findTokenHolder(reopened, TOKEN, 200)).toBeUndefined()
  })
  test('of one kind is none of the other', async () => {
    await using metadata = await withClient()
    await addToken(metadata.database, TOKEN)
    expect(await findTokenHolder(metadata.database, { ...TOKEN, kind: 'session' }, 150)).toBeUndefined()
  })
  test.each(['disabled', 'inactive'] as const)(
    'of a client that is %s is dead, and lives when that is active again',
    async (state) => {
      await using metadata = await withClient()
      const { database } = metadata
      await addToken(database, TOKEN)
      await updateClient(database, 'acme', 'reader', { state, modifiedAt: 1, modifiedBy: '' })
      expect(await findTokenHolder(database, TOKEN, 150)).toBeUndefined()
      await updateClient(database, 'acme', 'reader', { state: 'active', modifiedAt: 1, modifiedBy: '' })
      expect(await findTokenHolder(database, TOKEN, 150)).toBeDefined()
    },
  )
  test('is dead when it is removed, alone or with all of its client', async () => {
    await using metadata = await withClient()
    const { database } = metadata
    for (const hash of ['a', 'b', 'c']) await addToken(database, { ...TOKEN, hash })
    await addToken(database, { ...TOKEN, hash: 'another’s', clientId: 'writer' })
    await addSignInCode(database, { hash: 'code', clientId: 'reader', expiresAt: 200 })
    await removeToken(database, 'a')
    expect(await rows(database, 'token')).toEqual(['another’s', 'b', 'c'])
    await removeTokensOf(database, 'reader')
    expect(await rows(database, 'token')).toEqual(['another’s'])
    expect(await rows(database, 'signInCode')).toEqual([])
  })
  test('is deleted when it has expired, as a sign-in code is', async () => {
    await using metadata = await withClient()
    const { database } = metadata
    for (const [hash, expiresAt] of [
      ['old', 199],
      ['just', 200],
      ['alive', 201],
    ] as const) {
      await addToken(database, { ...TOKEN, hash, expiresAt })
      await addSignInCode(database, { hash, clientId: 'reader', expiresAt })
    }
    await removeExpired(database, 200)
    expect(await rows(database, 'token')).toEqual(['alive'])
    expect(await rows(database, 'signInCode')).toEqual(['alive'])
  })
})

describe('a sign-in code', () => {
  test('is good once, whoever else comes with it at the same moment', async () => {
    await using metadata = await withClient()
    await addSignInCode(metadata.database, { hash: 'code', clientId: 'reader', expiresAt: 200 })
    const takers = Array.from({ length: 5 }, () => takeSignInCode(metadata.database, 'code', 100))
    expect((await Promise.all(takers)).filter((taken) => taken === 'reader')).toHaveLength(1)
    expect(await takeSignInCode(metadata.database, 'code', 100)).toBeUndefined()
  })
  test('is good until it expires', async () => {
    await using metadata = await withClient()
    for (const hash of ['early', 'late']) {
      await addSignInCode(metadata.database, { hash, clientId: 'reader', expiresAt: 200 })
    }
    expect(await takeSignInCode(metadata.database, 'early', 199)).toBe('reader')
    expect(await takeSignInCode(metadata.database, 'late', 200)).toBeUndefined()
  })
})

describe('an ingest key', () => {
  const KEY = {
    id: 'k1',
    organizationId: 'acme',
    name: 'Kong',
    kind: 'header',
    anyOrganization: false,
    createdAt: 5,
    createdBy: 'reader',
  } as const

  test('is found by its hash where its kind belongs, and listed for its organization, oldest first', async () => {
    await using metadata = await withClient()
    const { database } = metadata
    const roaming = { ...KEY, id: 'k0', createdAt: 6, anyOrganization: true }
    const apitally = { ...KEY, id: 'k3', createdAt: 7, kind: 'apitally' } as const
    await addIngestKey(database, KEY, 'hash-1')
    await addIngestKey(database, roaming, 'hash-2')
    await addIngestKey(database, apitally, 'hash-3')
    expect(await findIngestKey(database, 'hash-1', 'header')).toEqual(KEY)
    expect(await findIngestKey(database, 'hash-2', 'header')).toEqual(roaming)
    expect(await findIngestKey(database, 'hash-3', 'apitally')).toEqual(apitally)
    expect(await findIngestKey(database, 'hash-3', 'header')).toBeUndefined()
    expect(await findIngestKey(database, 'hash-2', 'apitally')).toBeUndefined()
    expect(await findIngestKey(database, 'hash-4', 'header')).toBeUndefined()
    expect(await listIngestKeys(database, 'acme')).toEqual([KEY, roaming, apitally])
    expect(await listIngestKeys(database, 'beta')).toEqual([])
  })
  test('is ended by its own organization only', async () => {
    await using metadata = await withClient()
    await addIngestKey(metadata.database, KEY, 'hash-1')
    expect(await removeIngestKey(metadata.database, 'beta', 'k1')).toBe(false)
    expect(await findIngestKey(metadata.database, 'hash-1', 'header')).toEqual(KEY)
    expect(await removeIngestKey(metadata.database, 'acme', 'k1')).toBe(true)
    expect(await removeIngestKey(metadata.database, 'acme', 'k1')).toBe(false)
    expect(await findIngestKey(metadata.database, 'hash-1', 'header')).toBeUndefined()
  })
})
