import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The API that the gateways stand in front of; how it answers hangs on the path alone. */
export interface SmallApi extends AsyncDisposable {
  readonly port: number
  /** Resolves when the next call of the slow route has arrived, which is answered when its caller has gone. */
  slowCall(): Promise<void>
}

export async function startSmallApi(): Promise<SmallApi> {
  let slowCallArrived = () => {}
  const server = createServer((request, response) => {
    request.resume()
    const path = pathOf(request)
    if (path.endsWith('/export')) {
      void answerTooLate(request, response)
      slowCallArrived()
    } else answer(request.method ?? '', path, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    slowCall() {
      return new Promise((resolve) => {
        slowCallArrived = resolve
      })
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** How servers read a path: percent-encoding undone where it changes nothing, `//` and dots resolved. */
function pathOf(request: IncomingMessage): string {
  const path = new URL(`http://api${(request.url ?? '/').replace(/^http:\/\/[^/]+/, '').replaceAll(/\/{2,}/g, '/')}`)
    .pathname
  return path.replaceAll('%61', 'a').replace(/(?<=.)\/$/, '')
}

function answer(method: string, path: string, response: ServerResponse): void {
  if (method === 'OPTIONS') response.writeHead(204, { allow: 'GET, HEAD, POST, PUT, DELETE' }).end()
  else if (path.startsWith('/api/v2/analytics/')) response.writeHead(429, { 'retry-after': '7' }).end('{}')
  else if (path.startsWith('/api/v2/downloads/')) response.writeHead(301, { location: '/elsewhere' }).end()
  else if (path.startsWith('/api/v2/flows/')) response.writeHead(500).end('{"message":"broken"}')
  else if (!path.startsWith('/api/v2/')) response.writeHead(404).end('{"message":"not found"}')
  else if (path === '/api/v2/tokens/me') response.writeHead(401).end('{}')
  else if (method === 'DELETE') response.writeHead(204).end()
  else response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' }).end('{"id":"1"}')
}

/** Apache waits for its answer even after the caller has gone; the others hang up. */
async function answerTooLate(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hungUp = once(response, 'close')
  const late = setTimeout(() => answer('GET', '/api/v2/', response), 1_000)
  request.on('error', () => {})
  await hungUp
  clearTimeout(late)
}
