import { describe, expect, test } from 'vitest'
import { MemoryRequestCounter } from './request-counter.ts'
import { openTestApp, TEST_NOW, type TestApp, type TestAppOptions } from './test-app.ts'

const URL = '/api/v2/tokens/me'
const START = TEST_NOW

/** An app whose clock the test moves. */
async function openAt(settings: TestAppOptions['settings'], more: TestAppOptions = {}) {
  const clock = { now: START }
  const open = await openTestApp({ ...more, settings: settings ?? {}, now: () => clock.now })
  return { open, clock, [Symbol.asyncDispose]: () => open[Symbol.asyncDispose]() }
}

const ask = ({ app }: TestApp, headers: Record<string, string>) => app.inject({ url: URL, headers })
const send = ({ app }: TestApp, headers: Record<string, string>) =>
  app.inject({ method: 'POST', url: '/v1/events', headers })

function limitOf(answer: { headers: Record<string, unknown> }) {
  const header = (name: string) => answer.headers[`inin-ratelimit-${name}`]
  return [header('count'), header('allowed'), header('reset')]
}

describe('a token’s limit', () => {
  test('is a minute of its own, which starts with its first request and does not move', async () => {
    await using at = await openAt({ rateLimitPerMinute: 3 })
    const { open, clock } = at
    const [one, other] = [await open.headersOf([]), await open.headersOf([])]
    expect(limitOf(await ask(open, one))).toEqual(['1', '3', '60'])
    clock.now += 20_400
    expect(limitOf(await ask(open, one))).toEqual(['2', '3', '40'])
    expect(limitOf(await ask(open, other))).toEqual(['1', '3', '60'])
    clock.now += 39_000
    expect(limitOf(await ask(open, one))).toEqual(['3', '3', '1'])
    const refused = await ask(open, one)
    expect(refused.statusCode).toBe(429)
    expect(limitOf(refused)).toEqual(['3', '3', '1'])
    expect((await ask(open, other)).statusCode).toBe(200)
    clock.now += 599
    expect((await ask(open, one)).headers['retry-after']).toBe('1')
    clock.now += 1
    const again = await ask(open, one)
    expect(again.statusCode).toBe(200)
    expect(limitOf(again)).toEqual(['1', '3', '60'])
  })

  test('past it the answer is the platform’s, with whole seconds to wait', async () => {
    await using at = await openAt({ rateLimitPerMinute: 1 })
    const headers = await at.open.headersOf([])
    await ask(at.open, headers)
    at.clock.now += 17_999
    const answer = await ask(at.open, headers)
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['retry-after']).toBe('43')
    expect(answer.json()).toMatchObject({
      code: 'too.many.requests',
      status: 429,
      message: 'Rate limit exceeded the maximum. Retry the request in [43] seconds',
      messageWithParams: 'Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds',
      messageParams: { seconds: '43' },
      details: [],
      errors: [],
      limit: { key: 'token.rate.per.minute', namespace: 'platform.api', value: 1 },
    })
  })

  test('is 300 by default, and exact when a thousand come at once', async () => {
    await using open = await openTestApp()
    const headers = await open.headersOf([])
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => open.app.inject({ method: 'HEAD', url: URL, headers })),
    )
    const passed = answers.filter(({ statusCode }) => statusCode === 200)
    const counts = passed.map(({ headers }) => Number(headers['inin-ratelimit-count']))
    expect(counts.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
    const refused = answers.filter(({ statusCode }) => statusCode === 429)
    expect(refused).toHaveLength(700)
    for (const answer of refused) expect(limitOf(answer)).toEqual(['300', '300', '60'])
  })

  test('counts every request of a known caller, however it is answered', async () => {
    await using open = await openTestApp({ settings: { rateLimitPerMinute: 4 } })
    const headers = { ...(await open.headersOf(['usage:organization:view'])), 'content-type': 'application/json' }
    const asked = [
      { method: 'GET', url: '/v1/organizations', headers, status: 403 },
      { method: 'POST', url: '/api/v2/usage/query', headers, payload: '{', status: 400 },
      { method: 'GET', url: `/api/v2/usage/query/x/results`, headers, status: 404 },
      { method: 'POST', url: '/api/v2/usage/query', headers: { ...headers, 'content-type': 'a/b' }, status: 415 },
    ] as const
    for (const [index, { status, ...request }] of asked.entries()) {
      const answer = await open.app.inject({ payload: 'x', ...request })
      expect(answer.statusCode).toBe(status)
      expect(limitOf(answer)).toEqual([String(index + 1), '4', '60'])
    }
    expect((await ask(open, headers)).statusCode).toBe(429)
  })

  test('holds for an ingest key that does what it may not', async () => {
    await using open = await openTestApp({ settings: { rateLimitPerMinute: 1 } })
    const headers = { 'x-api-key': await open.ingestKey() }
    expect((await ask(open, headers)).statusCode).toBe(403)
    expect((await ask(open, headers)).statusCode).toBe(429)
    expect((await send(open, headers)).statusCode).toBe(200)
  })
})

describe('an organization’s limit', () => {
  const settings = { rateLimitPerMinute: 3, organizationRateLimitPerMinute: 4 }

  test('is shared by its tokens, and by no other organization’s', async () => {
    await using open = await openTestApp({ settings })
    const [one, two] = await open.headersOfOneOrganization()
    expect(limitOf(await ask(open, one))).toEqual(['1', '3', '60'])
    expect(limitOf(await ask(open, one))).toEqual(['2', '3', '60'])
    expect(limitOf(await ask(open, two))).toEqual(['3', '4', '60'])
    expect(limitOf(await ask(open, two))).toEqual(['4', '4', '60'])
    const refused = await ask(open, one)
    expect(refused.statusCode).toBe(429)
    expect(limitOf(refused)).toEqual(['4', '4', '60'])
    expect(refused.json().limit).toEqual({ key: 'organization.rate.per.minute', namespace: 'platform.api', value: 4 })
    expect((await ask(open, await open.headersOf([]))).statusCode).toBe(200)
  })

  test('is not used up by a token that goes on past its own', async () => {
    await using open = await openTestApp({ settings })
    const [one, two] = await open.headersOfOneOrganization()
    for (let index = 0; index < 20; index++) await ask(open, one)
    expect((await ask(open, two)).statusCode).toBe(200)
    expect((await ask(open, two)).statusCode).toBe(429)
  })

  test('uses up no token’s when it is what refuses', async () => {
    await using at = await openAt(settings)
    const [one, two] = await at.open.headersOfOneOrganization()
    for (let index = 0; index < 3; index++) await ask(at.open, one)
    for (let index = 0; index < 20; index++) await ask(at.open, two)
    expect(limitOf(await ask(at.open, two))).toEqual(['4', '4', '60'])
    at.clock.now += 60_000
    expect(limitOf(await ask(at.open, two))).toEqual(['1', '3', '60'])
  })

  test('of two that are used up the answer waits for the later', async () => {
    await using at = await openAt({ rateLimitPerMinute: 1, organizationRateLimitPerMinute: 2 })
    const [one, two] = await at.open.headersOfOneOrganization()
    await ask(at.open, one)
    at.clock.now += 30_000
    await ask(at.open, two)
    const answer = await ask(at.open, two)
    expect(limitOf(answer)).toEqual(['1', '1', '60'])
    expect(answer.headers['retry-after']).toBe('60')
  })

  test('applies alone where a token has none', async () => {
    await using open = await openTestApp({ settings: { rateLimitPerMinute: 0, organizationRateLimitPerMinute: 1 } })
    const headers = await open.headersOf([])
    expect(limitOf(await open.app.inject('/livez'))).toEqual(['0', '1', '60'])
    expect(limitOf(await ask(open, headers))).toEqual(['1', '1', '60'])
    expect((await ask(open, headers)).statusCode).toBe(429)
  })
})

describe('sending events', () => {
  test('is counted in no other limit, and shows how the token’s stands', async () => {
    await using open = await openTestApp({ settings: { rateLimitPerMinute: 2, organizationRateLimitPerMinute: 2 } })
    const headers = await open.headersOf(['usage:event:add'])
    await ask(open, headers)
    for (let index = 0; index < 10; index++) {
      const answer = await send(open, headers)
      expect(answer.statusCode).toBe(200)
      expect(limitOf(answer)).toEqual(['1', '2', '60'])
    }
    expect((await ask(open, headers)).statusCode).toBe(200)
    expect((await ask(open, headers)).statusCode).toBe(429)
    expect((await send(open, headers)).statusCode).toBe(200)
  })

  test('has a limit by credential when it is set', async () => {
    await using open = await openTestApp({ settings: { eventRateLimitPerMinute: 2 } })
    const token = await open.headersOf(['usage:event:add'])
    const key = { 'x-api-key': await open.ingestKey() }
    for (const headers of [token, key]) {
      expect(limitOf(await send(open, headers))).toEqual(['1', '2', '60'])
      expect(limitOf(await send(open, headers))).toEqual(['2', '2', '60'])
      const refused = await send(open, headers)
      expect(refused.statusCode).toBe(429)
      expect(refused.headers['retry-after']).toBe('60')
      expect(refused.json().limit).toEqual({ key: 'event.rate.per.minute', namespace: 'platform.api', value: 2 })
    }
    expect(limitOf(await ask(open, token))).toEqual(['1', '300', '60'])
  })
})

describe('an answer to nobody in particular', () => {
  test('says that nothing is used yet, whatever it is', async () => {
    await using open = await openTestApp({ settings: { rateLimitPerMinute: 7 } })
    for (const url of [URL, '/nowhere', '/livez', '/%', '/oauth/token', '/api/v2/usage/query']) {
      expect(limitOf(await open.app.inject(url))).toEqual(['0', '7', '60'])
    }
  })

  test('takes no memory, however many credentials are tried', async () => {
    const requestCounter = new MemoryRequestCounter(() => TEST_NOW)
    await using open = await openTestApp({ app: { requestCounter } })
    for (let index = 0; index < 200; index++) await ask(open, { authorization: `Bearer none-${index}` })
    expect(requestCounter.remembered).toBe(0)
    await ask(open, await open.headersOf([]))
    expect(requestCounter.remembered).toBe(1)
  })
})

test('0 switches a limit off, and the headers then allow what no minute can hold', async () => {
  await using open = await openTestApp({ settings: { rateLimitPerMinute: 0 } })
  const headers = await open.headersOf([])
  for (let index = 0; index < 2; index++) {
    const answer = await ask(open, headers)
    expect(answer.statusCode).toBe(200)
    expect(limitOf(answer)).toEqual(['0', '2147483647', '60'])
  }
})
