import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Account, operationOf } from './tenancy/account.ts'
import type { Operation } from './tenancy/operations.ts'
import { Planted } from './tenancy/planted-routes.ts'
import { type RunningApp, startApp } from './tenancy/running-app.ts'
import { timeFindings } from './tenancy/timing.ts'
import {
  badCredentialsFindings,
  everythingOf,
  keyCredentials,
  strangersFindings,
  unused,
  type Walls,
} from './tenancy/walls.ts'

// The walls between organizations, tried with every operation of the OpenAPI document and every id and name that an
// answer ever told. A new operation is tried without a new test; one that this test cannot use fails it.

const CALLS = 1237
const DAY_MS = 86_400_000

async function build(app: RunningApp): Promise<Walls> {
  const owner = await Account.make(app, 'alpha', CALLS)
  const stranger = await Account.make(app, 'bravo', 11)
  await owner.useAll()
  await stranger.useAll()
  return { owner, stranger }
}

async function badTokens(app: RunningApp): Promise<Readonly<Record<string, string | undefined>>> {
  const account = await Account.make(app, 'charlie', 0)
  const token = async () => {
    await account.signIn()
    return account.credentials.authorization ?? ''
  }
  const expired = await token()
  app.clock.now += 2 * DAY_MS
  const revoked = await token()
  await account.ask(operationOf(app, 'DELETE /api/v2/tokens/me'), { parameters: {} })
  const garbled = (await token()).replace(/.$/, (sign) => (sign === 'A' ? 'B' : 'A'))
  return { expired, revoked, garbled }
}

describe('between two organizations that each have everything', () => {
  let app: RunningApp
  let walls: Walls
  let before: Readonly<Record<string, string>>
  let bad: Readonly<Record<string, string | undefined>>

  beforeAll(async () => {
    app = await startApp()
    bad = await badTokens(app)
    walls = await build(app)
    before = await everythingOf(walls.owner)
  }, 120_000)
  afterAll(() => app[Symbol.asyncDispose]())

  test('there is what there should be: every operation that makes or reads something did', () => {
    expect(unused(walls.owner).filter((name) => !name.startsWith('DELETE '))).toEqual([])
    expect(walls.owner.knowledge.numbersBeside(walls.stranger.knowledge)).toContain(CALLS)
  })

  test('asking for what is another’s takes as long as asking for what never was', async () => {
    expect(await timeFindings(walls)).toEqual([])
  }, 120_000)

  test('what is another’s is answered like what never was, whatever is asked, and nothing tells of it', async () => {
    expect(await strangersFindings(walls)).toEqual([])
  }, 120_000)

  test.each(['expired', 'revoked', 'garbled', 'missing'])('with a token that is %s there is nothing', async (which) => {
    const authorization = bad[which]
    expect(await badCredentialsFindings(walls, authorization === undefined ? {} : { authorization }, 401)).toEqual([])
  })

  test('an ingest key reads nothing, neither its own organization’s nor another’s', async () => {
    expect(await badCredentialsFindings(walls, keyCredentials(walls.owner), 403)).toEqual([])
    expect(await badCredentialsFindings(walls, keyCredentials(walls.stranger), 403)).toEqual([])
  })

  test('after all that the organization has what it had, and its numbers are the same', async () => {
    expect(await everythingOf(walls.owner)).toEqual(before)
  })

  test('every operation that ends something did, when its own organization asked', async () => {
    await walls.owner.endAll()
    expect(unused(walls.owner)).toEqual([])
  })
})

describe('what would be wrong is found', () => {
  const planted = new Planted()
  let app: RunningApp
  let walls: Walls
  let operations: readonly Operation[]

  beforeAll(async () => {
    app = await startApp(planted.routes)
    operations = app.operations.filter(({ path }) => path.includes('planted'))
    walls = await build(app)
    planted.owner = walls.owner
  }, 120_000)
  afterAll(() => app[Symbol.asyncDispose]())

  test('a route that nobody told this test how to fill', () => {
    expect(unused(walls.owner)).toContain('GET /v1/planted-riddles/{riddle}')
  })

  test('a route whose time tells', async () => {
    expect(await timeFindings(walls, operations)).toEqual([
      expect.stringMatching(/^GET \/v1\/planted-slow\/\{keyId\} takes \d+\.\d ms for another's/),
    ])
  }, 120_000)

  test('routes that tell one’s from another’s, tell names or numbers, let a key read, or change what is another’s', async () => {
    const before = await everythingOf(walls.owner)
    const findings = await strangersFindings(walls, operations)
    const found = new Set(findings.map((finding) => /\S+ (\S+)/.exec(finding)?.[1]))
    expect(found).toEqual(
      new Set(['/v1/planted-statuses/{keyId}', '/v1/planted-words/{keyId}', '/v1/planted-lists', '/v1/planted-totals']),
    )
    expect(await badCredentialsFindings(walls, keyCredentials(walls.owner), 403)).toEqual([
      expect.stringMatching(/^GET \/v1\/planted-for-keys answers 200/),
    ])
    expect(await everythingOf(walls.owner)).not.toEqual(before)
  }, 120_000)
})
