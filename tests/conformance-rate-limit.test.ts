import { afterAll, beforeAll, expect, test } from 'vitest'
import { isThere, OFFICIAL_CLIENTS, type OfficialClient, run } from './conformance/official-clients.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// A token that may call once a minute: what the platform's own clients make of the second call's 429 and Retry-After.
const MINUTE = 60_000
let server: RunningServer

beforeAll(async () => {
  server = await startRoutemeter({ args: ['--rate-limit-per-minute', '1'] })
})

afterAll(() => server[Symbol.asyncDispose]())

const query = { name: 'second', operation: 'organizationQuery', body: { interval: '2020-02/2020-02' } }
const who = { name: 'second', operation: 'tokensMe' }

async function second(client: OfficialClient, step: object) {
  const login = { url: server.url, clientId: server.clientId, clientSecret: server.clientSecret }
  const steps = [{ ...who, name: 'first' }, step]
  const [first, last] = await run(client, { ...login, accessToken: await server.token(), steps })
  expect(first).toMatchObject({ name: 'first', answer: expect.anything() })
  return last
}

const SECONDS = /^Rate limit exceeded the maximum\. Retry the request in \[([1-9]|[1-5]\d|60)\] seconds$/
const limited = { status: 429, code: 'too.many.requests', message: expect.stringMatching(SECONDS) }
const retryAfter = expect.stringMatching(/^([1-9]|[1-5]\d|60)$/)

const clientOf = (name: string) => {
  const client = OFFICIAL_CLIENTS.find((each) => each.name.startsWith(name))
  if (client === undefined) throw new Error(`no such client: ${name}`)
  return client
}
const [javaScript, java] = [clientOf('JavaScript'), clientOf('Java ')]
const [python, oldPython] = [clientOf('Python 269'), clientOf('Python 88')]

test('the JavaScript client shows the message with the seconds to wait', async () => {
  expect((await second(javaScript, who))?.error).toEqual(limited)
})

test.skipIf(!isThere(java))('the Java client shows the message and Retry-After', async () => {
  expect((await second(java, who))?.error).toEqual({ ...limited, retryAfter })
})

test.skipIf(!isThere(oldPython))(
  'the oldest Python client shows both of a POST, which it does not repeat',
  async () => {
    expect((await second(oldPython, query))?.error).toEqual({ ...limited, retryAfter })
  },
)

test.skipIf(!isThere(python) || !isThere(oldPython))(
  'the Python clients wait as long as Retry-After says and ask again by themselves',
  { timeout: 3 * MINUTE },
  async () => {
    const answered = { name: 'second', answer: expect.anything() }
    expect(await Promise.all([second(python, who), second(oldPython, who)])).toMatchObject([answered, answered])
  },
)
