import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { decodeAnswer, encodeTraces } from '../../ingest/sources/otlp/encode-traces.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { rowsOf } from '../../store/usage-store.contract.ts'
import { TestEventsApp } from '../test-events-app.ts'

const TRACES = '/v1/traces'
const JSON_TYPE = { 'content-type': 'application/json' }
const PROTOBUF = { 'content-type': 'application/x-protobuf' }

let app: TestEventsApp
beforeAll(async () => {
  app = await TestEventsApp.open((folder, now) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }),
  )
})
afterAll(() => app[Symbol.asyncDispose]())

let spans = 0
function span(differences: object = {}, attributes: object = {}) {
  const values = {
    'http.request.method': 'GET',
    'http.route': '/users/:id',
    'http.response.status_code': 200,
    ...attributes,
  }
  return {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: String(++spans).padStart(16, '0'),
    kind: 2,
    startTimeUnixNano: '1790812802000000000',
    endTimeUnixNano: '1790812802250000000',
    attributes: Object.entries(values).map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
    ...differences,
  }
}
const requestOf = (...list: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] })
const bodyOf = (...list: object[]) => JSON.stringify(requestOf(...list))
const requests = async (sender: string) => (await app.store.describe(sender)).requests

async function post(
  sender: string | undefined,
  body: Buffer,
  headers: Record<string, string> = PROTOBUF,
  path = TRACES,
) {
  const authorization: Record<string, string> = sender === undefined ? {} : { authorization: `Bearer token-${sender}` }
  const answer = await fetch(`${app.url}${path}`, {
    method: 'POST',
    headers: { ...authorization, ...headers },
    body: new Uint8Array(body),
  })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    bytes: new Uint8Array(await answer.arrayBuffer()),
    challenge: answer.headers.get('www-authenticate'),
  }
}

describe('spans that are sent', () => {
  test('count once each, however often, in either encoding and compressed', async () => {
    const sender = await app.newSender()
    const request = requestOf(span(), span({ kind: 'SPAN_KIND_SERVER' }), span({ kind: 3 }), span({ kind: 1 }))
    const json = JSON.stringify(request)
    const ok = { status: 200, body: {} }
    expect(await app.send(sender, TRACES, json, JSON_TYPE)).toEqual(ok)
    expect(await app.send(sender, TRACES, gzipSync(json), { ...JSON_TYPE, 'content-encoding': 'gzip' })).toEqual(ok)
    expect(await app.send(sender, TRACES, json.replace('5b8efff7', '5B8EFFF7'), JSON_TYPE)).toEqual(ok)
    const protobuf = encodeTraces(request)
    for (const answer of [
      await post(sender, protobuf),
      await post(sender, gzipSync(protobuf), { ...PROTOBUF, 'content-encoding': 'gzip' }),
    ]) {
      expect(answer).toMatchObject({ status: 200, type: 'application/x-protobuf', bytes: new Uint8Array() })
    }
    expect(await requests(sender)).toBe(2)
  })

  test('are told with their template, client, user, latency and bytes', async () => {
    const sender = await app.newSender()
    const attributes = {
      'user.id': 'ann',
      'app.client': 'billing',
      'http.request.body.size': 3,
      'url.path': '/users/7',
    }
    const path = `${TRACES}?map=clientId%3Dapp.client`
    await app.send(sender, path, bodyOf(span({}, attributes), span({}, { ...attributes, 'http.route': '' })), JSON_TYPE)
    const interval = { start: 0, end: Date.UTC(2027, 0, 1) }
    const groupBy = ['clientId', 'templateUri', 'httpMethod', 'userId'] as const
    const metrics = ['requests', 'status200', 'durationAvg', 'requestBytes', 'responseBytes'] as const
    expect(await rowsOf(app.store, makeScope([sender]), { interval, groupBy, metrics })).toEqual([
      ['billing', 'users/{id}', 'GET', 'ann', 2, 2, 250, 6, null],
    ])
  })

  test('that cannot be counted are told by number and reason, and the others count', async () => {
    const sender = await app.newSender()
    const list = [
      span(),
      span({}, { 'http.response.status_code': 'no' }),
      span({ startTimeUnixNano: undefined }),
      span(),
    ]
    const reason = expect.stringContaining('[status]')
    expect(await app.send(sender, TRACES, bodyOf(...list), JSON_TYPE)).toEqual({
      status: 200,
      body: { partialSuccess: { rejectedSpans: '2', errorMessage: reason } },
    })
    const answer = await post(sender, encodeTraces(requestOf(...list)))
    expect(answer.status).toBe(200)
    expect(decodeAnswer('Response', answer.bytes)).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: reason },
    })
    expect(await requests(sender)).toBe(2)
  })

  test('may be none', async () => {
    const sender = await app.newSender()
    for (const body of ['', '{}', bodyOf()]) {
      expect(await app.send(sender, TRACES, body, JSON_TYPE)).toEqual({ status: 200, body: {} })
    }
    expect((await post(sender, Buffer.alloc(0))).status).toBe(200)
  })
})

describe('what is wrong with a request is refused in the request’s type, and nothing is counted', () => {
  test('an envelope that cannot be read', async () => {
    const sender = await app.newSender()
    const cut = bodyOf(span()).slice(0, -3)
    expect(await app.send(sender, TRACES, cut, JSON_TYPE)).toMatchObject({ status: 400, body: { code: 'bad.request' } })
    const whole = encodeTraces(requestOf(span(), span()))
    const answer = await post(sender, whole.subarray(0, whole.length - 9))
    expect(answer).toMatchObject({ status: 400, type: 'application/x-protobuf' })
    expect(decodeAnswer('RpcStatus', answer.bytes)).toEqual({ code: 3, message: expect.stringContaining('protobuf') })
    expect(await requests(sender)).toBe(0)
  })

  test('credentials that are none', async () => {
    const answer = await post(undefined, Buffer.alloc(3))
    expect(answer).toMatchObject({ status: 401, type: 'application/x-protobuf', challenge: 'Bearer' })
    expect(decodeAnswer('RpcStatus', answer.bytes)).toMatchObject({ code: 16 })
    expect(await post(undefined, Buffer.from('{}'), JSON_TYPE)).toMatchObject({ status: 401, type: 'application/json' })
  })

  test('another type, another field map', async () => {
    const sender = await app.newSender()
    const plain = await app.send(sender, TRACES, bodyOf(span()), { 'content-type': 'text/plain' })
    expect(plain).toMatchObject({ status: 415, body: { message: expect.stringContaining('application/x-protobuf') } })
    const map = await app.send(sender, `${TRACES}?map=client%3Da`, bodyOf(span()), JSON_TYPE)
    expect(map).toMatchObject({ status: 400, body: { code: 'invalid.query.param.value' } })
    expect(await requests(sender)).toBe(0)
  })
})
