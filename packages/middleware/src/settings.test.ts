import { expect, test } from 'vitest'
import { routemeter } from './node.ts'
import { readSettings } from './settings.ts'

test('address and key come from the environment where the options have none', () => {
  const environment = { ROUTEMETER_URL: 'https://usage.example.com/base/', ROUTEMETER_INGEST_KEY: 'rmk_a' }
  const { endpoint, key } = readSettings({}, environment)
  expect([endpoint.href, key]).toEqual(['https://usage.example.com/base/v1/events', 'rmk_a'])
  const given = readSettings({ url: 'http://127.0.0.1:1', key: 'rmk_b' }, environment)
  expect([given.endpoint.href, given.key]).toEqual(['http://127.0.0.1:1/v1/events', 'rmk_b'])
})

test('every option that is not as it must be is named, before the first request, and no secret is', () => {
  const options = {
    url: 'ftp://user:hunter2@host',
    key: 'two words',
    batchEvents: 0,
    spool: { directory: '', maxBytes: 1 },
  }
  expect(() => routemeter(options)).toThrow(TypeError)
  try {
    routemeter(options)
  } catch (error) {
    const { message } = error as Error
    for (const name of ['url', 'key', 'batchEvents', 'spool.maxBytes', 'spool.directory'])
      expect(message).toContain(name)
    expect(message).not.toMatch(/hunter2|two words/)
  }
})
