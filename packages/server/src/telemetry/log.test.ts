import { expect, test } from 'vitest'
import { createLog } from './log.ts'

function logging(level: Parameters<typeof createLog>[0]) {
  const lines: string[] = []
  return { lines, log: createLog(level, { write: (line) => void lines.push(line) }) }
}

test('a line is JSON with a time, a level in words and a message', () => {
  const { lines, log } = logging('info')
  log.info({ organization: 'acme' }, 'done')
  expect(lines).toHaveLength(1)
  const { time, ...rest } = JSON.parse(lines[0] ?? '')
  expect(new Date(time).toISOString()).toBe(time)
  expect(rest).toEqual({ level: 'info', organization: 'acme', msg: 'done' })
})

test('lines below the level are left out', () => {
  const { lines, log } = logging('warn')
  log.info({}, 'no')
  log.warn({}, 'yes')
  log.error({}, 'yes')
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error'])
})

test('no credential gets into a line, wherever it stands', () => {
  const { lines, log } = logging('info')
  const secrets = {
    authorization: 'TOP-SECRET',
    cookie: 'TOP-SECRET',
    'set-cookie': ['TOP-SECRET'],
    'x-api-key': 'TOP-SECRET',
    Authorization: 'TOP-SECRET',
    clientSecret: 'TOP-SECRET',
    secret: 'TOP-SECRET',
    access_token: 'TOP-SECRET',
  }
  log.info({ ...secrets, headers: secrets, request: { headers: secrets } }, 'message')
  log.info({ list: [secrets] }, 'list')
  log.error({ err: Object.assign(new Error('failed'), { headers: secrets, ...secrets }) }, 'error')
  expect(lines).toHaveLength(3)
  expect(lines.join()).not.toContain('TOP-SECRET')
  expect(JSON.parse(lines[0] ?? '').request.headers.authorization).toBe('[hidden]')
})

test('the key in the path of Apitally’s protocol gets into no line', () => {
  const { lines, log } = logging('info')
  const url = '/v1/sources/apitally/v2/3f2504e0-4f89-41d3-9a0c-0305e82c3301/prod/sync'
  log.info({ url, request: { urls: [`http://localhost:8787${url}?x=1`] } }, 'asked')
  expect(lines.join()).not.toContain('3f2504e0')
  expect(JSON.parse(lines[0] ?? '').url).toBe('/v1/sources/apitally/v2/[hidden]/prod/sync')
})

test('an error is logged with its stack and its cause', () => {
  const { lines, log } = logging('info')
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')
  const { err } = JSON.parse(lines[0] ?? '')
  expect(err.message).toContain('outer')
  expect(err.stack).toMatch(/log\.test\.ts/)
  expect(err.stack).toContain('inner')
})
