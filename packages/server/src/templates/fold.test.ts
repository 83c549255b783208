import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldPath } from './fold.ts'

describe('folded into {id} is', () => {
  test.each([
    ['an integer', '4711'],
    ['a negative integer', '-5'],
    ['a phone number', '+4930123456'],
    ['an encoded phone number', '%2B4930123456'],
    ['a UUID', '8c7e98ae-b798-4cd2-9f7e-1ef5f56dfc01'],
    ['a UUID in upper case', '8C7E98AE-B798-4CD2-9F7E-1EF5F56DFC01'],
    ['a short git hash', 'd3b07384'],
    ['a MongoDB id', '507f1f77bcf86cd799439011'],
    ['a SHA-256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['a date', '2020-02-01'],
    ['a month', '2020-02'],
    ['a week', '2026-W07'],
    ['a timestamp', '2020-02-01T10:00:00.123Z'],
    ['an encoded timestamp', '2020-02-01T10%3A00%3A00Z'],
    ['an IPv4 address', '10.0.0.1'],
    ['an e-mail address', 'jane.doe@example.com'],
    ['an encoded e-mail address', 'jane.doe%40example.com'],
    ['an XMPP address', '5f3b1c@conference.example.com'],
    ['a ULID', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['a nano id', 'V1StGXR8_Z5jdHi6B-myT'],
    ['a cuid', 'cjld2cjxh0000qzrmn831i7rn'],
    ['a prefixed id', 'cus_NffrFeUfNV2Hib'],
    ['base64 with padding', 'SGVsbG8sIFdvcmxkIQ=='],
    ['letters of both cases at random', 'dQwWgXcQrStUvXyZabcdEF'],
    ['few letters of both cases at random', 'kTxQfMwrbnsplvaa'],
    ['random letters with few capitals and a digit', 'kTxQfmwrb4splvae'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N'],
  ])('%s', (_name, segment) => {
    expect(foldPath(`/api/v2/users/${segment}`)).toBe('/api/v2/users/{id}')
    expect(foldPath(`users/${segment}/queues`)).toBe('users/{id}/queues')
    expect(foldPath(segment)).toBe('{id}')
  })
})

describe('left as it is:', () => {
  test.each([
    'api/v2/users',
    'v1.2/oauth2/token',
    'lexv2/s3/ipv4',
    'languageunderstanding/staffinggroupallocationshistory',
    'getConversationParticipantAttributes',
    'getIsInOrOnMyTeam/toISOStringOfDate',
    'getOrCreateNodeAtIndex/LessThanLessThanToken',
    'isBigIntLiteralType/exportUsersToCsv',
    'XMLHttpRequestEventTargets/startOAuthFlow',
    'my-very-long-but-harmless-segment-of-words',
    'deadbeef/defaced/facade',
    'index.html/app.min.js',
    'user-4711',
    'step-2-of-3',
    '@scope/a@b',
    '%7Buser%7D',
    '',
    '/',
  ])('%s', (path) => {
    expect(foldPath(path)).toBe(path)
  })
})

test('a file extension or a verb behind an id stays', () => {
  expect(foldPath('/files/4711.json')).toBe('/files/{id}.json')
  expect(foldPath('/users/8c7e98ae-b798-4cd2-9f7e-1ef5f56dfc01:activate')).toBe('/users/{id}:activate')
})

test('the literal segments of 2,206 real templates are never taken for ids', () => {
  const templates = readFileSync(join(import.meta.dirname, '../demo/platform-templates.txt'), 'utf8')
    .trimEnd()
    .split('\n')
  for (const template of templates) expect(foldPath(template)).toBe(template)
})

test('each id of a path is folded by itself, whatever stands beside it', () => {
  const id = fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.ulid(),
    fc.emailAddress().filter((address) => !/[/%?#]/.test(address)),
  )
  const word = fc.constantFrom('users', 'api', 'v2', 'queues', 'me')
  const segment = fc.oneof(
    id.map((text) => ({ text, shape: '{id}' })),
    word.map((text) => ({ text, shape: text })),
  )
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 10 }), (segments) => {
      const path = segments.map(({ text }) => text).join('/')
      expect(foldPath(path)).toBe(segments.map(({ shape }) => shape).join('/'))
    }),
  )
})

test('a very long segment takes no longer than its length asks for', () => {
  for (const part of ['%40.', 'a@', '1-', 'aB3', '.x', '0x']) {
    const segment = part.repeat(4_000)
    expect(foldPath(`/x/${segment}`).startsWith('/x/')).toBe(true)
  }
})

test('of random ids few pass for words: 4 in 100 at most of the shortest, 1 in 100 of those of 22 characters', () => {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  let state = 7
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return characters[Math.floor((state / 2 ** 31) * 64)] ?? ''
  }
  for (const [length, most] of [
    [16, 0.04],
    [22, 0.01],
  ] as const) {
    const ids = Array.from({ length: 3_000 }, () => Array.from({ length }, next).join(''))
    expect(ids.filter((id) => foldPath(id) !== '{id}').length / ids.length).toBeLessThan(most)
  }
})
