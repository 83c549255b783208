import { randomUUID } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import { answerHeaders } from './answer-headers.ts'
import { errorBody, statusOf } from './errors.ts'

/** How long a caller that is still sending may go on before the connection is cut, so that it can read the answer. */
const GOODBYE_MS = 2_000

export interface RefusedConnectionOptions {
  readonly log: FastifyBaseLogger
  /** The rate limit's headers. */
  readonly rateLimit: Readonly<Record<string, string>>
  readonly maxHeaderBytes: number
}

/**
 * Answers what never became a request - HTTP that cannot be parsed, headers without end, a request that does not
 * arrive in time, a tunnel - with the same JSON as every other error, then closes the connection.
 */
export function refusedConnections(options: RefusedConnectionOptions) {
  const answered = new WeakSet<Duplex>()
  const refuse = (socket: Duplex, refusal: Refusal, status: number, reason: string) => {
    // Whatever arrives after a broken request is broken too.
    if (answered.has(socket)) return
    if (!socket.writable) return void socket.destroy()
    answered.add(socket)
    const correlationId = randomUUID()
    options.log.info({ correlationId, status, reason }, 'a connection was refused')
    socket.end(rawAnswer(refusal, status, correlationId, options.rateLimit))
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref()
  }
  return {
    onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
      if (error.code === 'ECONNRESET') return void socket.destroy()
      const { refusal, status } = explain(error.code, options.maxHeaderBytes)
      refuse(socket, refusal, status, error.code ?? error.message)
    },
    onConnect(_request: IncomingMessage, socket: Duplex): void {
      const refusal = new Refusal('method.not.allowed', 'The method CONNECT is not allowed: this is no proxy.')
      refuse(socket, refusal, statusOf(refusal.code), 'CONNECT')
    },
  }
}

function explain(code: string | undefined, maxHeaderBytes: number): { refusal: Refusal; status: number } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { refusal: new Refusal('request.timeout', 'The request did not arrive in time.'), status: 408 }
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const params = { maxBytes: String(maxHeaderBytes) }
    return {
      refusal: new Refusal('bad.request', 'The headers are longer than the allowed {maxBytes} bytes.', params),
      status: 431,
    }
  }
  const refusal = new Refusal('bad.request', 'The request is not HTTP/1.1, or its length is not what it says.')
  return { refusal, status: statusOf(refusal.code) }
}

function rawAnswer(
  refusal: Refusal,
  status: number,
  correlationId: string,
  rateLimit: Readonly<Record<string, string>>,
): string {
  const body = JSON.stringify(errorBody(refusal, correlationId, status))
  const headers = {
    ...answerHeaders(correlationId, rateLimit),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}
