import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { LoadTarget } from './load-plan.ts'

export interface HttpAnswer {
  readonly status: number
  /** As it came, with the lengths of chunks. */
  readonly body: string
}

/**
 * A kept connection that sends one POST at a time. The generator shares the cores with what it measures, so it does
 * nothing that a client library would: prepared bytes out, the end of the answer looked for.
 */
export class Connection {
  readonly #socket: Socket
  readonly #head: string
  #received = ''
  #answered: ((answer: HttpAnswer) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  private constructor(socket: Socket, head: string) {
    this.#socket = socket
    this.#head = head
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')))
  }

  static async open({ url, headers }: LoadTarget): Promise<Connection> {
    const { hostname, port, pathname, search } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return new Connection(
      socket,
      `POST ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${fields.join('')}`,
    )
  }

  post(body: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.cork()
      this.#socket.write(`${this.#head}Content-Length: ${body.length}\r\n\r\n`, 'latin1')
      this.#socket.write(body)
      this.#socket.uncork()
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const answer = wholeAnswer(this.#received)
    if (answer === undefined) return
    this.#received = ''
    this.#failed = undefined
    this.#answered?.(answer)
  }
}

/** Undefined while a part of it is missing. */
function wholeAnswer(text: string): HttpAnswer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const status = Number(text.slice(9, 12))
  const head = text.slice(0, end).toLowerCase()
  const body = text.slice(end + 4)
  const length = /^content-length: (\d+)/m.exec(head)?.[1]
  if (length !== undefined) return body.length >= Number(length) ? { status, body } : undefined
  const isChunked = head.includes('transfer-encoding: chunked')
  return !isChunked || body.endsWith('0\r\n\r\n') ? { status, body } : undefined
}
