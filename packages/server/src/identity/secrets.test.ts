import { createHash, scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkChosenSecret, hashClientSecret, hashRandomSecret, isClientSecret, newSecret } from './secrets.ts'

test('a new secret has 256 bits, is never the same, and says what it is for', () => {
  const secrets = Array.from({ length: 100 }, () => newSecret('rmk_'))
  expect(new Set(secrets).size).toBe(100)
  for (const secret of secrets) {
    expect(secret).toMatch(/^rmk_[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(secret.slice(4), 'base64url')).toHaveLength(32)
  }
  expect(newSecret()).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test('a random secret is kept as its SHA-256', () => {
  expect(hashRandomSecret('abc')).toBe(createHash('sha256').update('abc').digest('base64url'))
})

test('a client’s secret is kept as scrypt with its salt and parameters, never the same twice', async () => {
  const [first, second] = await Promise.all([hashClientSecret('s3cret'), hashClientSecret('s3cret')])
  expect(first).not.toBe(second)
  const [algorithm, N, r, p, salt, key] = first.split(':')
  expect(algorithm).toBe('scrypt')
  expect(Buffer.from(salt ?? '', 'base64url')).toHaveLength(16)
  const expected = scryptSync('s3cret', Buffer.from(salt ?? '', 'base64url'), 32, {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  expect(key).toBe(expected.toString('base64url'))
  expect(Number(N)).toBeGreaterThanOrEqual(2 ** 14)
})

test('only the secret itself is taken for it', async () => {
  const kept = await hashClientSecret('s3cret ä€😀')
  expect(await isClientSecret('s3cret ä€😀', kept)).toBe(true)
  for (const other of ['', 's3cret', 's3cret ä€😀 ', 'S3cret ä€😀', kept]) {
    expect(await isClientSecret(other, kept)).toBe(false)
  }
})

test('a secret kept with other parameters is still taken', async () => {
  const salt = Buffer.from('salt of another time')
  const key = scryptSync('s3cret', salt, 64, { N: 1024, r: 4, p: 2 })
  const kept = `scrypt:1024:4:2:${salt.toString('base64url')}:${key.toString('base64url')}`
  expect(await isClientSecret('s3cret', kept)).toBe(true)
  expect(await isClientSecret('other', kept)).toBe(false)
})

test('without a kept secret nothing is right, the empty secret included', async () => {
  expect(await isClientSecret('anything', undefined)).toBe(false)
  expect(await isClientSecret('', undefined)).toBe(false)
})

test('a hash that is not ours is an error of ours, not a wrong secret', async () => {
  await expect(isClientSecret('anything', 'md5:abc')).rejects.toThrow('not one of ours')
})

test('a secret that somebody chooses has at least 24 printable ASCII characters', () => {
  expect(() => checkChosenSecret('x'.repeat(24))).not.toThrow()
  expect(() => checkChosenSecret('x'.repeat(23))).toThrow(/has 23 characters.*at least 24/)
  expect(() => checkChosenSecret('ä'.repeat(24))).toThrow(/printable ASCII/)
  expect(() => checkChosenSecret(`${'x'.repeat(24)}\n`)).toThrow(/printable ASCII/)
  const refused = () => checkChosenSecret('my-short-secret')
  expect(refused).not.toThrow(/my-short-secret/)
})
