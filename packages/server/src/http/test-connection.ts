import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One answer as it came over a connection. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** For tests: a connection whose bytes the test writes itself. */
export class TestConnection implements Disposable {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #arrived = () => {}
  #isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#arrived()
    })
    // A server that cuts the connection is what some tests are about.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      this.#arrived()
    })
  }

  static async open(port: number): Promise<TestConnection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new TestConnection(socket)
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes)
    return this
  }

  /** The next whole answer; undefined when the connection is closed before there is one. */
  async next(): Promise<RawAnswer | undefined> {
    for (;;) {
      const found = firstAnswer(this.#received)
      if (found !== undefined) {
        this.#received = this.#received.subarray(found.length)
        return found.answer
      }
      if (this.#isClosed) return undefined
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  /** Every answer until the server closes the connection. */
  async rest(): Promise<readonly RawAnswer[]> {
    const answers: RawAnswer[] = []
    for (let answer = await this.next(); answer !== undefined; answer = await this.next()) answers.push(answer)
    return answers
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** Sends bytes as they are and reads until the server closes the connection; there must be one answer. */
export async function send(port: number, bytes: string | Uint8Array): Promise<RawAnswer> {
  using connection = await TestConnection.open(port)
  const answers = await connection.write(bytes).rest()
  const [answer] = answers
  if (answer === undefined || answers.length > 1) throw new Error(`${answers.length} answers instead of one`)
  return answer
}

/** Answers with a Content-Length, or without a body: what this server's errors are. */
function firstAnswer(received: Buffer): { answer: RawAnswer; length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...headerLines] = received.subarray(0, headEnd).toString().split('\r\n')
  const headers = Object.fromEntries(headerLines.map(nameAndValue))
  const length = headEnd + 4 + Number(headers['content-length'] ?? 0)
  if (received.length < length) return undefined
  const body = received.subarray(headEnd + 4, length).toString()
  return { answer: { status: Number(statusLine.split(' ')[1]), headers, body }, length }
}

function nameAndValue(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
