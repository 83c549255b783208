import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Case, casesOf, OPERATIONS, type Operation } from './conformance/cases.ts'
import { type Installation, startInstallation, tokenOf } from './conformance/installation.ts'
import { isThere, OFFICIAL_CLIENTS, type OfficialClient, run, type Taken } from './conformance/official-clients.ts'

// The platform's own clients, unmodified, ask a real server everything they can (wire.md §1): each row that their models
// hold is compared, in order, with a recount from the raw calls.
let installation: Installation
let cases: readonly Case[]

beforeAll(async () => {
  installation = await startInstallation()
  cases = casesOf({ events: installation.events, own: installation.north.client })
})

afterAll(() => installation[Symbol.asyncDispose]())

const readableFrom: Readonly<Record<Operation, (id: string, clientId: string) => string>> = {
  organizationQuery: (id) => `/api/v2/usage/query/${id}/results`,
  clientQuery: (id, client) => `/api/v2/oauth/clients/${client}/usage/query/results/${id}`,
  clientSummary: (id, client) => `/api/v2/oauth/clients/${client}/usage/query/results/${id}`,
  simpleSearch: (id) => `/api/v2/usage/simplesearch/${id}/results`,
  organizationJob: (id) => `/api/v2/usage/aggregates/query/jobs/${id}`,
  clientJob: (id, client) => `/api/v2/usage/client/${client}/aggregates/query/jobs/${id}`,
}

for (const client of OFFICIAL_CLIENTS) {
  describe.skipIf(!isThere(client))(`the platform’s ${client.name}`, () => {
    let transcript: readonly Taken[]

    beforeAll(async () => {
      const { server, north } = installation
      const login = { url: server.url, clientId: north.client.id, clientSecret: north.client.secret }
      const steps = cases
        .filter((each) => client.operations.includes(each.operation))
        .map(({ rows: _, ...step }) => step)
      transcript = await run(client, { ...login, accessToken: await tokenOf(server, north), steps })
    })

    test.each(client.operations)('reads every row of %s, exactly and in order, to the last page', (operation) => {
      for (const expected of cases.filter((each) => each.operation === operation)) {
        const taken = transcript.find(({ name }) => name === expected.name)
        expect({ name: expected.name, error: taken?.error, pages: taken?.pages }).toEqual({
          name: expected.name,
          error: undefined,
          pages: pagesOf(expected, client),
        })
        expectSubmission(operation, taken)
      }
    })
  })
}

function expectSubmission(operation: Operation, taken: Taken | undefined): void {
  const { executionId, id, resultsUri } = taken?.submitted ?? {}
  const own = installation.north.client.id
  expect(resultsUri).toBe(readableFrom[operation](executionId ?? id ?? '', own))
  const states = operation.endsWith('Job') ? ['Queued', 'Running', 'Succeeded'] : ['Running', 'Complete']
  expect(states).toEqual(expect.arrayContaining([...(taken?.statuses ?? [])]))
  expect(taken?.statuses?.at(-1)).toBe(states.at(-1))
}

/** The entities as the client's models hold them. */
function heldBy({ unlistedMethod }: OfficialClient, { operation, rows }: Case): readonly object[] {
  if (unlistedMethod === undefined || !operation.endsWith('Job')) return rows
  return rows.map((row) =>
    'httpMethod' in row && row.httpMethod === 'OPTIONS' ? { ...row, httpMethod: unlistedMethod } : row,
  )
}

/** Pages are full but for the last: a hundred entities of a job unless told otherwise, a search all in one. */
function pagesOf(expected: Case, client: OfficialClient): readonly (readonly object[])[] {
  const { operation, pageSize } = expected
  const rows = heldBy(client, expected)
  const asked = operation === 'simpleSearch' && !client.pagesSearches ? undefined : pageSize
  const size = asked ?? (operation.endsWith('Job') ? 100 : Number.POSITIVE_INFINITY)
  if (rows.length <= size) return [rows]
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, page) => rows.slice(page * size, (page + 1) * size))
}

test('the cases are worth asking: pages to turn, both ends of a day, and every operation', () => {
  expect(new Set(cases.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS))
  for (const { name, rows } of cases) expect(rows.length > 0, name).toBe(!name.includes('nothing was called'))
  const turning = cases.filter(({ operation, pageSize, rows }) =>
    operation.endsWith('Job') ? rows.length > (pageSize ?? 100) : pageSize !== undefined && rows.length > pageSize,
  )
  expect(new Set(turning.map(({ operation }) => operation))).toEqual(
    new Set(['simpleSearch', 'organizationJob', 'clientJob']),
  )
})
