import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A body that a meter sent. */
export interface SentBody {
  readonly headers: IncomingHttpHeaders
  readonly lines: readonly string[]
}

/** Answers as a test says: for what a real server does only when it is ill. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  readonly bodies: SentBody[]
}

export type Answer = (response: ServerResponse, body: SentBody, index: number) => unknown

export async function scriptedServer(answer: Answer): Promise<ScriptedServer> {
  const bodies: SentBody[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const text = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
    const body = { headers: request.headers, lines: text.split('\n').slice(0, -1) }
    bodies.push(body)
    await answer(response, body, bodies.length - 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What Routemeter answers when it has taken all. */
export function takeAll(response: ServerResponse, { lines }: SentBody): void {
  response.end(JSON.stringify({ accepted: lines.length, duplicates: 0, rejected: 0, errors: [] }))
}
