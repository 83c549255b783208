import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { rowsOf } from '../../store/usage-store.contract.ts'
import { TestEventsApp } from '../test-events-app.ts'

let app: TestEventsApp
beforeAll(async () => {
  app = await TestEventsApp.open((folder, now) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }),
  )
})
afterAll(() => app[Symbol.asyncDispose]())

const ATTRIBUTES = {
  specversion: '1.0',
  type: 'request',
  id: '00001',
  time: '2023-01-01T00:00:00.001Z',
  source: 'service-0',
  subject: 'customer-1',
}
const inHeaders = (attributes: object) => ({
  'content-type': 'application/json',
  ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])),
})
const receipt = (accepted: number, duplicates = 0) => ({ accepted, duplicates, rejected: 0, errors: [] })
const byClient = (sender: string) => {
  const interval = { start: 0, end: Date.UTC(2027, 0, 1) }
  return rowsOf(app.store, makeScope([sender]), { interval, groupBy: ['clientId', 'templateUri', 'httpMethod'] })
}

test('an event in binary mode is the same as in structured mode, and OpenMeter’s example counts', async () => {
  const sender = await app.newSender()
  const data = { method: 'GET', route: '/hello' }
  const binary = () => app.send(sender, '/v1/events', JSON.stringify(data), inHeaders(ATTRIBUTES))
  expect(await binary()).toEqual({ status: 200, body: receipt(1) })
  expect(await binary()).toEqual({ status: 200, body: receipt(0, 1) })
  const structured = JSON.stringify({ ...ATTRIBUTES, data })
  const type = (name: string) => ({ 'content-type': `application/${name}` })
  expect(await app.send(sender, '/v1/events', structured, type('cloudevents+json'))).toMatchObject({
    body: receipt(0, 1),
  })
  expect(await app.send(sender, '/v1/events', `[${structured}]`, type('cloudevents-batch+json'))).toMatchObject({
    body: receipt(0, 1),
  })
  expect(await byClient(sender)).toEqual([['customer-1', 'hello', 'GET', 1]])
})

test('what stands in headers is percent-decoded', async () => {
  const sender = await app.newSender()
  const data = JSON.stringify({ method: 'GET', path: '/users/7', status: 429 })
  const subject = 'caf%C3%A9%20%22ops%22'
  expect(await app.send(sender, '/v1/events', data, inHeaders({ ...ATTRIBUTES, subject }))).toMatchObject({
    body: receipt(1),
  })
  const bare = { ...ATTRIBUTES, id: '2', subject: '100%' }
  expect(await app.send(sender, '/v1/events', data, inHeaders(bare))).toMatchObject({ body: receipt(1) })
  expect((await byClient(sender)).map(([client]) => client)).toEqual(['100%', 'café "ops"'])
})

test.each(['specversion', 'source', 'type', 'id'])('without ce-%s it is refused by name', async (name) => {
  const sender = await app.newSender()
  const attributes = Object.fromEntries(Object.entries(ATTRIBUTES).filter(([other]) => other !== name))
  const data = JSON.stringify({ method: 'GET', path: '/a', status: 200 })
  const answer = await app.send(sender, '/v1/events', data, inHeaders(attributes))
  expect(answer).toMatchObject({ status: 400, body: { rejected: 1, message: expect.stringContaining(`[${name}]`) } })
})
