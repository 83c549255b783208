import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { Refusal } from '../domain/refusal.ts'
import { BodyMemory } from './request-body.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that answers what became of a body: its text, or the code with which it was refused. */
async function serve(memory: BodyMemory, use: (body: Buffer) => Promise<string>) {
  const handle = async (request: IncomingMessage) => {
    const encoding = request.headers['content-encoding'] === 'gzip' ? 'gzip' : 'identity'
    try {
      return await memory.withBody(request, { encoding, maxBytes: 100 }, use)
    } catch (error) {
      if (error instanceof Refusal) return `${error.code} ${error.retryAfter}`
      throw error
    }
  }
  const server = createServer(async (request, response) => response.end(await handle(request)))
  closing.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    (await fetch(url, { method: 'POST', body, headers: { connection: 'close', ...headers } })).text()
}

describe('the memory of bodies', () => {
  test('has an end, past which a body is refused until others are done', async () => {
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let arrived = () => {}
    const first = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const send = await serve(new BodyMemory(150), async (body) => {
      arrived()
      await gate
      return body.toString()
    })
    const taken = send('a'.repeat(100))
    await first
    expect(await send('b'.repeat(60))).toBe('service.unavailable 1')
    letGo()
    expect(await taken).toBe('a'.repeat(100))
    expect(await send('b'.repeat(60))).toBe('b'.repeat(60))
  })

  test('counts what comes out of compression too', async () => {
    const send = await serve(new BodyMemory(110), async (body) => body.toString())
    const compressed = new Uint8Array(gzipSync('a'.repeat(100)))
    expect(await send(compressed, { 'content-encoding': 'gzip' })).toBe('service.unavailable 1')
    expect(await send('a'.repeat(100))).toBe('a'.repeat(100))
  })

  test('is free again after a refusal and after a failure', async () => {
    let failures = 1
    const send = await serve(new BodyMemory(150), async (body) => {
      if (failures-- > 0) throw new Refusal('bad.request', 'no')
      return `${body.length}`
    })
    expect(await send('a'.repeat(100))).toBe('bad.request undefined')
    expect(await send('a'.repeat(101))).toBe('request.entity.too.large undefined')
    expect(await send('a'.repeat(100))).toBe('100')
  })
})
