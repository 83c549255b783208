import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestIdentityApp } from '../test-identity-app.ts'

const URL = '/api/v2/oauth/clients'
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => `client-${letter}`)
let app: TestIdentityApp
let headers: Record<string, string>

beforeAll(async () => {
  app = await TestIdentityApp.open()
  // The younger ones first in the alphabet: the order is that of age.
  for (const id of names.toReversed()) {
    app.test.clock.now += 1000
    await app.test.addClient('acme', id, ['oauth:client:view'])
    await app.test.addClient('beta', `beta-${id}`)
  }
  headers = { authorization: `Bearer ${await app.test.token('client-a')}` }
})
afterAll(() => app[Symbol.asyncDispose]())

const list = (query: string) => app.inject({ url: `${URL}${query}`, headers })
const idsOf = (answer: { json(): { entities: { id: string }[] } }) => answer.json().entities.map(({ id }) => id)

test('the pages together are every client of the organization once, oldest first, and are linked', async () => {
  const seen: string[] = []
  const ways: string[] = []
  for (let url: string | undefined = `${URL}?pageSize=3`; url !== undefined; ) {
    const answer = await app.inject({ url, headers })
    const { entities, nextUri, ...rest } = answer.json()
    seen.push(...entities.map(({ id }: { id: string }) => id))
    ways.push(rest.selfUri)
    expect(rest).toMatchObject({ pageSize: 3, pageNumber: ways.length, total: 7, pageCount: 3 })
    expect(rest).toMatchObject({ firstUri: ways[0], lastUri: `${URL}?pageSize=3&pageNumber=3` })
    expect(rest.previousUri).toBe(ways.at(-2))
    url = nextUri
  }
  expect(seen).toEqual(names.toReversed())
  expect(ways).toEqual([1, 2, 3].map((page) => `${URL}?pageSize=3&pageNumber=${page}`))
})

test('without a page size there is one page, for SDKs that cannot turn pages; 0 is none', async () => {
  for (const query of ['', '?pageSize=0&pageNumber=0', '?pageSize=&sortBy=name&filter=x']) {
    const answer = await list(query)
    expect(idsOf(answer)).toEqual(names.toReversed())
    const { entities: _, ...page } = answer.json()
    expect(page).toEqual({
      pageSize: 1000,
      pageNumber: 1,
      total: 7,
      firstUri: `${URL}?pageSize=1000&pageNumber=1`,
      selfUri: `${URL}?pageSize=1000&pageNumber=1`,
      lastUri: `${URL}?pageSize=1000&pageNumber=1`,
      pageCount: 1,
    })
  }
})

test('a page past the end is empty and leads back to the last', async () => {
  const { entities, total, nextUri, previousUri } = (await list('?pageSize=3&pageNumber=2147483647')).json()
  expect({ entities, total, nextUri }).toEqual({ entities: [], total: 7 })
  expect(previousUri).toBe(`${URL}?pageSize=3&pageNumber=3`)
})

test.each([
  'pageSize=1001',
  'pageSize=-1',
  'pageSize=many',
  'pageNumber=-1',
  'pageNumber=2147483648',
  'pageSize=1&pageSize=2',
])('%s is refused', async (query) => {
  const answer = await list(`?${query}`)
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid.query.param.value' })
  expect(answer.json().message).toContain(`[${query.split('=')[0]}]`)
})
