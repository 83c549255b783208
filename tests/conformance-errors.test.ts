import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATIONS, type Operation } from './conformance/cases.ts'
import { dateOf, day } from './conformance/fixture.ts'
import { type Installation, post, startInstallation, tokenOf } from './conformance/installation.ts'
import { isThere, OFFICIAL_CLIENTS, run, type Taken } from './conformance/official-clients.ts'
import { accessToken } from './running-server.ts'

// What the platform's own clients tell their callers when they are refused (wire.md §4).
interface Refused {
  readonly name: string
  readonly operation: Operation
  readonly clientId: string
  readonly id?: string
  readonly body?: object
  readonly days?: string
  readonly pageSize?: number
  readonly token?: string
  readonly status: number
  readonly code: string
  readonly says: RegExp
  /** The client that cannot say it. */
  readonly without?: string
}

const NEVER = '99999999-8888-4777-8666-555555555555'
const interval = `${dateOf(day(1))}/${dateOf(day(2))}`

let installation: Installation
let refusals: readonly Refused[]

beforeAll(async () => {
  installation = await startInstallation()
  const { server, north, south } = installation
  const foreign = await submittedBySouth()
  const key = (await post(server, await tokenOf(server, north), '/v1/ingest-keys', { name: 'gateway' })) as {
    key: string
  }
  const sender = await tokenOfSender()
  const own = north.client.id
  refusals = OPERATIONS.flatMap((operation) => [
    ...gone(operation, own, { 'never existed': NEVER, 'is south’s': foreign[operation] }),
    ...gone(operation, south.client.id, { 'is south’s, at south’s client': foreign[operation] }),
    ...wrong(operation, own),
    { ...asked(operation, own), name: 'an ingest key', token: key.key, ...KEY_REFUSED },
    {
      ...asked(operation, own),
      name: 'a client that may only send',
      token: sender,
      ...NOT_PERMITTED,
      says: PERMISSION[operation],
    },
    { ...asked(operation, own), name: 'a token of nobody', token: 'nobody', ...TOKEN_REFUSED },
  ]).map((refused) => ({ ...refused, name: `${refused.operation}: ${refused.name}` }))
})

afterAll(() => installation[Symbol.asyncDispose]())

const KEY_REFUSED = { status: 403, code: 'not.authorized', says: /ingest key/ } as const
const NOT_PERMITTED = { status: 403, code: 'missing.any.permissions' } as const
/** One that would do, by name (wire.md §1). */
const PERMISSION: Readonly<Record<Operation, RegExp>> = {
  organizationQuery: /usage:organization:view/,
  clientQuery: /usage:client:view/,
  clientSummary: /usage:client:view/,
  simpleSearch: /usage:simpleSearch:view/,
  organizationJob: /usage:organization:view/,
  clientJob: /usage:client:view/,
}
const TOKEN_REFUSED = { status: 401, code: 'bad.credentials', says: /expired or revoked/ } as const

const asked = (operation: Operation, clientId: string) => ({ operation, clientId, body: { interval } }) as const

/** A client of north's that may send events and nothing else. */
async function tokenOfSender(): Promise<string> {
  const { server, north } = installation
  const body = { name: 'sender', authorizedGrantType: 'CLIENT-CREDENTIALS', permissions: ['usage:event:add'] }
  const made = (await post(server, await tokenOf(server, north), '/api/v2/oauth/clients', body)) as OAuthClient
  return accessToken(server.url, made.id, made.secret)
}

interface OAuthClient {
  readonly id: string
  readonly secret: string
}

/** Ids that are answered as if they had never been, and a client that is not the caller's. */
function gone(operation: Operation, clientId: string, ids: Readonly<Record<string, string>>): readonly Refused[] {
  const notFound = { operation, clientId, status: 404, code: 'not.found', says: /not found/i } as const
  const reads = Object.entries(ids).map(([name, id]) => ({ ...notFound, name: `an id that ${name}`, id }))
  const foreign = operation.startsWith('client') && clientId !== installation.north.client.id
  return foreign ? [...reads, { ...notFound, name: 'another’s client', body: { interval } }] : reads
}

/** Values that the operation does not take; clients that know a list's values say outdated_sdk_version instead. */
function wrong(operation: Operation, clientId: string): readonly Refused[] {
  if (operation === 'clientSummary') {
    const days = { operation, clientId, status: 400, code: 'invalid.query.param.value', says: /days/ } as const
    return [
      { ...days, name: 'no days', days: '0' },
      { ...days, name: 'days in words', days: 'seven' },
    ]
  }
  const date = {
    operation,
    clientId,
    status: 400,
    code: 'invalid.date',
    says: /\d{4}-\d\d-\d\d\/\d{4}-\d\d-\d\d/,
  } as const
  const value = { operation, clientId, status: 400, code: 'invalid.value' } as const
  const wrong: readonly (Refused | false)[] = [
    { ...date, name: 'an impossible date', body: { interval: '2020-02-30/2020-03-01' } },
    { ...date, name: 'the end before the start', body: { interval: '2020-03-01/2020-02-01' } },
    operation !== 'simpleSearch' && {
      ...value,
      name: 'a granularity that there is not',
      body: { interval, granularity: 'Minute' },
      says: /(Minute|outdated_?sdk_?version).*Day, Week, Month/i,
    },
    {
      ...value,
      name: 'a metric that there is not',
      body: { interval, metrics: ['Status600'] },
      says: /(Status600|outdated_?sdk_?version).*Status200/i,
      // The Java client's models silently turn what a list of values does not know into the first it knows.
      without: 'Java 198.1.0',
    },
  ]
  return wrong.filter((each) => each !== false)
}

/** One execution or job of south's for each operation. */
async function submittedBySouth(): Promise<Readonly<Record<Operation, string>>> {
  const { server, south } = installation
  const token = await tokenOf(server, south)
  const client = south.client.id
  const submit = async (path: string) => {
    const answer = (await post(server, token, path, { interval })) as { executionId?: string; id?: string }
    return answer.executionId ?? answer.id ?? ''
  }
  const clientQuery = await submit(`/api/v2/oauth/clients/${client}/usage/query`)
  return {
    organizationQuery: await submit('/api/v2/usage/query'),
    clientQuery,
    clientSummary: clientQuery,
    simpleSearch: await submit('/api/v2/usage/simplesearch'),
    organizationJob: await submit('/api/v2/usage/aggregates/query/jobs'),
    clientJob: await submit(`/api/v2/usage/client/${client}/aggregates/query/jobs`),
  }
}

for (const client of OFFICIAL_CLIENTS) {
  describe.skipIf(!isThere(client))(`the platform’s ${client.name}`, () => {
    let transcript: readonly Taken[]
    let own: readonly Refused[]

    beforeAll(async () => {
      const { server, north } = installation
      const login = { url: server.url, clientId: north.client.id, clientSecret: north.client.secret }
      own = refusals.filter(
        ({ operation, without }) => client.operations.includes(operation) && without !== client.name,
      )
      const steps = own.map(({ says: _, ...step }) => step)
      transcript = await run(client, { ...login, accessToken: await tokenOf(server, north), steps })
    })

    test.each(client.operations)('is told why %s refuses', (operation) => {
      for (const expected of own.filter((each) => each.operation === operation)) {
        const taken = transcript.find(({ name }) => name === expected.name)
        expect({ ...taken, name: expected.name }).toMatchObject({
          name: expected.name,
          error: { status: expected.status, code: expected.code, message: expect.stringMatching(expected.says) },
        })
      }
    })

    test('cannot tell what is another’s from what never was', () => {
      const told = transcript.filter(({ error }) => error?.code === 'not.found').map(({ error }) => error?.message)
      expect(new Set(told).size).toBe(1)
    })
  })
}
