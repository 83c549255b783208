import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { TestEventsApp } from '../test-events-app.ts'

const MINUTE_MS = 60_000

let app: TestEventsApp
beforeAll(async () => {
  app = await TestEventsApp.open((folder, now) =>
    openDuckDbStore({ path: join(folder, 'usage.duckdb'), now, log: SILENT_LOG }),
  )
})
afterAll(() => app[Symbol.asyncDispose]())

const line = (path: string, second = 2) =>
  `10.0.3.17 - ann [01/Oct/2026:00:00:0${second} +0000] "GET ${path} HTTP/1.1" 200 1534 "-" "curl/8.0"`
const LOG = `${line('/a')}\n${line('/a')}\n${line('/b', 3)}\n`
const NGINX = '/v1/sources/nginx'

const requests = async (sender: string) => (await app.store.describe(sender)).requests
const receipt = (accepted: number, duplicates = 0) => ({ accepted, duplicates, rejected: 0, errors: [] })

describe('a log that is sent', () => {
  test.each([
    ['as text', LOG, { 'content-type': 'text/plain; charset=utf-8' }],
    ['as NDJSON', LOG, { 'content-type': 'application/x-ndjson' }],
    ['as curl sends it', LOG, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['without a Content-Type', LOG, {}],
    ['compressed with gzip', gzipSync(LOG), { 'content-encoding': 'gzip' }],
    ['compressed with zstd', zstdCompressSync(LOG), { 'content-encoding': 'zstd' }],
  ])('%s is counted, line by line', async (_, body, headers) => {
    const sender = await app.newSender()
    expect(await app.send(sender, NGINX, body, headers)).toEqual({ status: 200, body: receipt(3) })
    expect(await requests(sender)).toBe(3)
  })

  test('is answered 200 even if no line of it can be read, with the reasons', async () => {
    const sender = await app.newSender()
    const answer = await app.send(sender, NGINX, 'nonsense\n\n10.0.0.1 - - [01/Oct/2026:00:00:02 +0000] "-" 408 0\n')
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      accepted: 0,
      rejected: 2,
      errors: [
        { index: 0, code: 'bad.request', message: expect.stringContaining('combined log format') },
        { index: 1, code: 'invalid.value', message: expect.stringContaining('[method]') },
      ],
    })
  })

  test('may be empty', async () => {
    const sender = await app.newSender()
    expect(await app.send(sender, NGINX, '')).toEqual({ status: 200, body: receipt(0) })
    expect(await app.send(sender, NGINX, '\n \n')).toEqual({ status: 200, body: receipt(0) })
  })

  test('is read as the query says', async () => {
    const sender = await app.newSender()
    const query = `map=clientId%3Dhttp_x_client_id&map=userId%3Dremote_addr`
    const answer = await app.send(sender, `${NGINX}?${query}`, `${line('/a')} "billing"\n`)
    expect(answer).toEqual({ status: 200, body: receipt(1) })
  })
})

describe('what is wrong with a request is refused, and nothing is counted', () => {
  test('a source that there is not, with those that there are', async () => {
    const answer = await app.send(await app.newSender(), '/v1/sources/ngnix', LOG)
    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({ code: 'not.found', message: expect.stringMatching(/\[ngnix\].*nginx.*auto/) })
  })

  test.each([
    ['map=client=x', /client.*one of id, time/],
    ['map=clientId', /EVENTFIELD=LOGFIELD/],
    ['map=clientId=a&map=clientId=b', /named once/],
    ['timeZone=Berlin', /"Berlin".*IANA/],
  ])('%s', async (query, message) => {
    const answer = await app.send(await app.newSender(), `${NGINX}?${query}`, LOG)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      code: 'invalid.query.param.value',
      message: expect.stringMatching(message),
    })
  })

  test('an envelope that is not JSON', async () => {
    const sender = await app.newSender()
    const headers = { 'content-type': 'application/json' }
    for (const body of ['[{"id":"1"},', 'nonsense']) {
      const answer = await app.send(sender, '/v1/sources/native', body, headers)
      expect([answer.status, answer.body.code]).toEqual([400, 'bad.request'])
    }
    expect(await requests(sender)).toBe(0)
  })

  test('a sender that says nothing of who it is', async () => {
    expect((await app.send('nobody', NGINX, LOG)).status).toBe(401)
  })
})

describe('a body that comes again', () => {
  test('with its Idempotency-Key counts nothing again, however late, even if it is one line', async () => {
    const sender = await app.newSender()
    const key = { 'idempotency-key': 'batch-7' }
    for (const body of [LOG, line('/one')]) {
      const headers = { ...key, 'idempotency-key': `batch-${body.length}` }
      const { accepted } = (await app.send(sender, NGINX, body, headers)).body
      app.clock.now += 60 * MINUTE_MS
      expect((await app.send(sender, NGINX, body, headers)).body).toEqual(receipt(0, Number(accepted)))
    }
    expect(await requests(sender)).toBe(4)
  })

  test('without one is recognized for ten minutes after it was first seen, then counts again', async () => {
    const sender = await app.newSender()
    expect((await app.send(sender, NGINX, LOG)).body).toEqual(receipt(3))
    app.clock.now += 9 * MINUTE_MS
    expect((await app.send(sender, NGINX, LOG)).body).toEqual(receipt(0, 3))
    app.clock.now += 1 * MINUTE_MS
    expect((await app.send(sender, NGINX, LOG)).body).toEqual(receipt(3))
    app.clock.now += 9 * MINUTE_MS
    expect((await app.send(sender, NGINX, LOG)).body).toEqual(receipt(0, 3))
    expect(await requests(sender)).toBe(6)
  })

  test('counts each time where it is one line: two calls can be logged alike', async () => {
    const sender = await app.newSender()
    for (const _ of [1, 2, 3]) expect((await app.send(sender, NGINX, line('/a'))).body).toEqual(receipt(1))
    expect(await requests(sender)).toBe(3)
  })

  test('is another’s own when another organization sends the same', async () => {
    const headers = { 'idempotency-key': 'same' }
    for (const sender of [await app.newSender(), await app.newSender()]) {
      expect((await app.send(sender, NGINX, LOG, headers)).body).toEqual(receipt(3))
    }
  })

  test('through a reader thread is recognized too', async () => {
    const sender = await app.newSender()
    const long = LOG.repeat(1000)
    expect((await app.send(sender, NGINX, long)).body).toEqual(receipt(3000))
    expect((await app.send(sender, NGINX, long)).body).toEqual(receipt(0, 3000))
  })
})

describe('the format that the first lines are in', () => {
  test('is found by the name auto', async () => {
    const sender = await app.newSender()
    expect((await app.send(sender, '/v1/sources/auto', LOG)).body).toEqual(receipt(3))
  })

  test('may be none: then every line is rejected', async () => {
    const sender = await app.newSender()
    const answer = await app.send(sender, '/v1/sources/auto', 'one\ntwo\n')
    expect(answer).toMatchObject({ status: 200, body: { accepted: 0, rejected: 2 } })
  })
})
