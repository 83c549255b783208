import { expect, test } from 'vitest'
import { TestIdentityApp } from '../test-identity-app.ts'

const ME = '/api/v2/organizations/me'

test('any client is told its own organization', async () => {
  await using app = await TestIdentityApp.open()
  await app.headersOf('beta', [])
  const answer = await app.inject({ url: ME, headers: await app.headersOf('acme', []) })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe(`{"id":"acme","name":"The acme","version":1,"state":"active","selfUri":"${ME}"}`)
})

test('nobody, and no ingest key, is told anything', async () => {
  await using app = await TestIdentityApp.open()
  expect((await app.inject({ url: ME })).statusCode).toBe(401)
  const headers = await app.headersOf('acme', ['oauth:client:add', 'usage:event:add'])
  const made = await app.inject({ method: 'POST', url: '/v1/ingest-keys', headers, payload: { name: 'Kong' } })
  expect((await app.inject({ url: ME, headers: { 'x-api-key': made.json().key } })).statusCode).toBe(403)
})
