import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { accessToken, type RunningServer, startRoutemeter } from './running-server.ts'

// The first whole path over HTTP against a real process: events in, the seed's query out, across kills and restarts.
let data: string
let server: RunningServer

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'routemeter-path-'))
  server = await startRoutemeter({ data })
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
})

const today = new Date().toISOString().slice(0, 10)
const call = (id: number, more: object = {}) => ({
  id: `call-${id}`,
  time: Date.now() - 1000,
  clientId: 'app',
  method: 'get',
  path: `/api/v2/users/${id}?token=secret`,
  status: 200,
  ...more,
})

async function post(token: string, body: string | Buffer, headers: Record<string, string>) {
  const answer = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body,
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

async function usage(token: string, groupBy: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ interval: `${today}/${today}`, groupBy })
  const submitted = await fetch(`${server.url}/api/v2/usage/query`, { method: 'POST', headers, body })
  expect(submitted.status).toBe(202)
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  for (;;) {
    const text = await (await fetch(`${server.url}${resultsUri}`, { headers })).text()
    if (text === '{"queryStatus":"Running"}') continue
    return (JSON.parse(text) as { results: readonly Record<string, unknown>[] }).results
  }
}

test('what a 200 said survives a SIGKILL, with its token, and a resend changes nothing', async () => {
  const token = await server.token()
  const lines = Array.from({ length: 100 }, (_, id) => JSON.stringify(call(id))).join('\n')
  expect(await post(token, lines, { 'content-type': 'application/x-ndjson' })).toMatchObject({
    status: 200,
    body: { accepted: 100 },
  })
  const exited = once(server.process, 'exit')
  server.process.kill('SIGKILL')
  await exited
  server = await startRoutemeter({ data })
  expect(await post(token, lines, { 'content-type': 'application/x-ndjson' })).toMatchObject({
    status: 200,
    body: { accepted: 0, duplicates: 100 },
  })
  expect(await usage(token, ['TemplateUri'])).toMatchObject([
    { templateUri: 'api/v2/users/{id}', requests: 100, status200: 100 },
  ])
})

test('NDJSON, JSON, CloudEvents, gzip and zstd bring the same events', async () => {
  const token = await server.token()
  const events = [call(1), call(2)]
  const ndjson = events.map((event) => JSON.stringify(event)).join('\r\n')
  const cloudEvent = {
    specversion: '1.0',
    type: 'request',
    source: 'gateway',
    id: '9',
    subject: 'app',
    time: new Date().toISOString(),
    data: { method: 'GET', path: '/x', status: 204 },
  }
  expect((await post(token, JSON.stringify(events), { 'content-type': 'application/json' })).body).toMatchObject({
    accepted: 2,
  })
  for (const [encoding, body] of [
    ['gzip', gzipSync(ndjson)],
    ['zstd', zstdCompressSync(ndjson)],
  ] as const) {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': encoding }
    expect((await post(token, body, headers)).body).toMatchObject({ duplicates: 0 + 2, accepted: 0, rejected: 0 })
  }
  expect(
    (await post(token, JSON.stringify(cloudEvent), { 'content-type': 'application/cloudevents+json' })).body,
  ).toMatchObject({ accepted: 1 })
  expect((await usage(token, []))[0]).toMatchObject({ clientId: 'app', requests: 3 })
})

test('one organization never sees another’s numbers, nor its executions', async () => {
  const admin = await server.token()
  const made = await fetch(`${server.url}/v1/organizations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'other', name: 'Other' }),
  })
  expect(made.status).toBe(201)
  const { client } = (await made.json()) as { client: { id: string; secret: string } }
  const other = await accessToken(server.url, client.id, client.secret)
  await post(admin, JSON.stringify([call(1), call(2, { organizationId: 'other' })]), {
    'content-type': 'application/json',
  })
  const foreign = await post(other, JSON.stringify([call(3), call(4, { organizationId: 'nobody' })]), {
    'content-type': 'application/json',
  })
  expect(foreign.body).toMatchObject({ accepted: 1, rejected: 1, errors: [{ index: 1, code: 'not.authorized' }] })
  expect(await usage(admin, [])).toMatchObject([{ requests: 1 }])
  expect(await usage(other, [])).toMatchObject([{ requests: 2 }])
})

test('an organization that is deleted is gone with its credentials and its usage, and made again it begins anew', async () => {
  const admin = await server.token()
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
  const make = async () => {
    const body = JSON.stringify({ id: 'short-lived', name: 'Short-lived' })
    const made = await fetch(`${server.url}/v1/organizations`, { method: 'POST', headers, body })
    const { client } = (await made.json()) as { client: { id: string; secret: string } }
    return accessToken(server.url, client.id, client.secret)
  }
  const first = await make()
  const event = JSON.stringify([call(1)])
  await post(first, event, { 'content-type': 'application/json' })
  const gone = await fetch(`${server.url}/v1/organizations/short-lived`, {
    method: 'DELETE',
    headers: { authorization: headers.authorization },
  })
  expect(gone.status).toBe(204)
  expect((await post(first, event, { 'content-type': 'application/json' })).status).toBe(401)
  const toNobody = JSON.stringify([call(2, { organizationId: 'short-lived' }), call(3)])
  expect((await post(admin, toNobody, { 'content-type': 'application/json' })).body).toMatchObject({
    accepted: 1,
    errors: [{ code: 'not.found' }],
  })
  const second = await make()
  expect(await usage(second, [])).toEqual([])
  expect((await post(second, event, { 'content-type': 'application/json' })).body).toMatchObject({
    accepted: 1,
    duplicates: 0,
  })
})

test('what was authorized and withdrawn with a 200 or 204 survives a SIGKILL', async () => {
  const token = await server.token()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const made = await fetch(`${server.url}/v1/organizations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ id: 'host', name: 'Host' }),
  })
  expect(made.status).toBe(201)
  const at = (clientId: string) => `${server.url}/v1/authorized-clients/${clientId}`
  for (const clientId of ['stays', 'goes']) {
    const put = await fetch(at(clientId), { method: 'PUT', headers, body: JSON.stringify({ organizationId: 'host' }) })
    expect(put.status).toBe(200)
  }
  const { authorization } = headers
  const gone = await fetch(`${at('goes')}?organizationId=host`, { method: 'DELETE', headers: { authorization } })
  expect(gone.status).toBe(204)
  const exited = once(server.process, 'exit')
  server.process.kill('SIGKILL')
  await exited
  server = await startRoutemeter({ data })
  const listed = await fetch(`${server.url}/v1/authorized-clients?organizationId=host`, { headers: { authorization } })
  expect(await listed.json()).toEqual({ entities: [{ clientId: 'stays', organizationId: 'host' }] })
})

test('a second server on the same data folder is refused in one readable line', () => {
  const launcher = join(import.meta.dirname, '../packages/cli/bin/routemeter.js')
  const { ROUTEMETER_CLIENT_ID: _, ...env } = process.env
  const second = spawnSync(process.execPath, [launcher, 'serve', '--port', '0', '--data', data], {
    env,
    encoding: 'utf8',
  })
  expect(second.status).toBe(1)
  expect(second.stderr).toMatch(/^error: The usage file .* is in use by another process \(pid \d+\)[^\n]*\n$/)
})
