import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
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
  /** Told the status of every answer. */
  readonly onAnswer: (status: number) => void
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** The answer to what never became a request. */
interface RefusedConnection {
  readonly refusal: Refusal
  readonly status: number
  /** For the log. */
  readonly reason: string
}

/**
 * Answers what never became a request - HTTP that cannot be parsed, headers without end, a request that does not
 * arrive in time, a tunnel - with the same JSON as every other error, then closes the connection. Where requests before
 * it on the same connection are not answered yet, it waits for its turn: a caller takes answers for those of its
 * requests in their order.
 */
export function refusedConnections(options: RefusedConnectionOptions) {
  const newest = new WeakMap<Duplex, Exchange>()
  const refused = new WeakSet<Duplex>()
  const refuse = (socket: Duplex, given: RefusedConnection) => {
    // Whatever arrives after a broken request is broken too.
    if (refused.has(socket)) return
    refused.add(socket)
    whenItsTurn(newest.get(socket), (mayAnswer) => {
      if (!mayAnswer || !socket.writable) return void socket.destroy()
      answer(socket, given, options)
    })
  }
  return {
    onRequest(request: IncomingMessage, response: ServerResponse): void {
      newest.set(request.socket, { request, response })
    },
    onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
      if (error.code === 'ECONNRESET') return void socket.destroy()
      refuse(socket, { ...explain(error.code, options.maxHeaderBytes), reason: error.code ?? error.message })
    },
    onConnect(_request: IncomingMessage, socket: Duplex): void {
      const refusal = new Refusal('method.not.allowed', 'The method CONNECT is not allowed: this is no proxy.')
      refuse(socket, { refusal, status: statusOf(refusal.code), reason: 'CONNECT' })
    },
  }
}

/**
 * Calls `then` when everything before is answered, with whether the answer is still to be given: a request of which
 * only a part arrived is the broken one itself, and may have been answered already.
 */
function whenItsTurn(newest: Exchange | undefined, next: (mayAnswer: boolean) => void): void {
  if (newest === undefined) next(true)
  else if (newest.request.complete) whenAnswered(newest.response, () => next(true))
  else whenFirst(newest.response, () => next(!newest.response.headersSent))
}

function whenAnswered(response: ServerResponse, next: () => void): void {
  if (response.writableFinished || response.destroyed) next()
  else response.once('close', next)
}

/** A response gets its connection when those before it are done, and gives it back when it is done itself. */
function whenFirst(response: ServerResponse, next: () => void): void {
  if (response.socket === null && !response.headersSent) response.once('socket', next)
  else next()
}

function answer(
  socket: Duplex,
  { refusal, status, reason }: RefusedConnection,
  options: RefusedConnectionOptions,
): void {
  const correlationId = randomUUID()
  options.log.info({ correlationId, status, reason, refused: refusal.code }, 'a connection was refused')
  options.onAnswer(status)
  socket.end(rawAnswer(refusal, status, correlationId, options.rateLimit))
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref()
}

function explain(code: string | undefined, maxHeaderBytes: number): { refusal: Refusal; status: number } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { refusal: new Refusal('request.timeout', 'The request did not arrive in time.'), status: 408 }
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const params = { maxBytes: String(maxHeaderBytes) }
    return {
      refusal: new Refusal('bad.request', 'The URL and headers are longer than the allowed {maxBytes} bytes.', params),
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
