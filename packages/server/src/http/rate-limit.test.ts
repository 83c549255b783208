import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openTestApp } from './test-app.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 23, 12) })
})
afterEach(() => {
  vi.useRealTimers()
})

const URL = '/api/v2/tokens/me'

function limitOf(answer: { headers: Record<string, unknown> }) {
  const header = (name: string) => answer.headers[`inin-ratelimit-${name}`]
  return [header('count'), header('allowed'), header('reset')]
}

test('a token has its own minute, which starts with its first request and does not move', async () => {
  await using open = await openTestApp({ settings: { rateLimitPerMinute: 3 } })
  const one = await open.headersOf([])
  const other = await open.headersOf([])
  const ask = (headers: { authorization: string }) => open.app.inject({ url: URL, headers })
  expect(limitOf(await ask(one))).toEqual(['1', '3', '60'])
  vi.advanceTimersByTime(20_400)
  expect(limitOf(await ask(one))).toEqual(['2', '3', '40'])
  expect(limitOf(await ask(other))).toEqual(['1', '3', '60'])
  vi.advanceTimersByTime(39_000)
  expect(limitOf(await ask(one))).toEqual(['3', '3', '1'])
  const refused = await ask(one)
  expect(refused.statusCode).toBe(429)
  expect(limitOf(refused)).toEqual(['3', '3', '1'])
  expect((await ask(other)).statusCode).toBe(200)
  vi.advanceTimersByTime(600)
  const again = await ask(one)
  expect(again.statusCode).toBe(200)
  expect(limitOf(again)).toEqual(['1', '3', '60'])
})

test('past the limit the answer is the platform’s, with whole seconds to wait', async () => {
  await using open = await openTestApp({ settings: { rateLimitPerMinute: 1 } })
  const headers = await open.headersOf([])
  await open.app.inject({ url: URL, headers })
  vi.advanceTimersByTime(17_999)
  const answer = await open.app.inject({ url: URL, headers })
  expect(answer.statusCode).toBe(429)
  expect(answer.headers['retry-after']).toBe('43')
  expect(answer.json()).toMatchObject({
    code: 'too.many.requests',
    status: 429,
    message: 'Rate limit exceeded the maximum. Retry the request in [43] seconds',
    messageWithParams: 'Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds',
    messageParams: { seconds: '43' },
  })
})

test('the limit is 300 requests a minute by default', async () => {
  await using open = await openTestApp()
  const headers = await open.headersOf([])
  const statuses = []
  for (let index = 0; index < 301; index += 1) {
    statuses.push((await open.app.inject({ method: 'HEAD', url: URL, headers })).statusCode)
  }
  expect(statuses.slice(0, 300).every((status) => status === 200)).toBe(true)
  expect(statuses[300]).toBe(429)
})

test('an answer to nobody in particular says that nothing is used yet', async () => {
  await using open = await openTestApp({ settings: { rateLimitPerMinute: 7 } })
  for (const url of [URL, '/nowhere', '/livez', '/%']) {
    expect(limitOf(await open.app.inject(url))).toEqual(['0', '7', '60'])
  }
})

test('0 switches the limit off, and its headers with it', async () => {
  await using open = await openTestApp({ settings: { rateLimitPerMinute: 0 } })
  const answer = await open.app.inject({ url: URL, headers: await open.headersOf([]) })
  expect(answer.statusCode).toBe(200)
  expect(limitOf(answer)).toEqual([undefined, undefined, undefined])
})
