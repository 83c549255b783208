import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { afterEach } from 'vitest'
import type { AnswerDocument, Exchange } from './answer-check.ts'

// Vitest runs this before every test file. Fastify tells of each app that is made; from then on an answer that is not
// as the app's own OpenAPI document says fails the test that got it, whoever made the app, over a socket or without.

type Check = (exchange: Exchange) => readonly string[]

/** What of a Fastify app is used here. */
interface App {
  readonly server: Server
  addHook(name: 'onReady', hook: () => Promise<void>): void
  hasDecorator(name: string): boolean
  swagger(): object
  inject(options: object | string): Promise<Answer>
}

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly raw: { readonly req: IncomingMessage }
}

/** By the document's text: most apps of a test file have the same. */
const checks = new Map<string, Check>()
/** What was wrong with answers that went over sockets. */
const problems: string[] = []

afterEach(() => {
  if (problems.length > 0) throw new Error(problems.splice(0).join('\n'))
})

subscribe('fastify.initialization', (message) => {
  const { fastify: app } = message as { fastify: App }
  let answerCheck: typeof import('./answer-check.ts').answerCheck
  app.addHook('onReady', async () => {
    // Here and not at the top: most test files make no app.
    answerCheck = (await import('./answer-check.ts')).answerCheck
  })
  let known: Check | undefined
  const check = (exchange: Exchange): readonly string[] => {
    if (!app.hasDecorator('swagger')) return []
    known ??= checkOf(JSON.stringify(app.swagger()), answerCheck)
    return known(exchange)
  }
  const inject = app.inject.bind(app)
  app.inject = async (options) => {
    const answer = await inject(options)
    const { method = '', url = '' } = answer.raw.req
    const exchange = { method, url, status: answer.statusCode, headers: answer.headers, body: answer.body }
    const wrong = check(exchange)
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
    return answer
  }
  app.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    watch(request, response, (exchange) => void problems.push(...check(exchange)))
  })
})

function checkOf(document: string, answerCheck: (document: AnswerDocument) => Check): Check {
  const check = checks.get(document) ?? answerCheck(JSON.parse(document) as AnswerDocument)
  checks.set(document, check)
  return check
}

/** Tells what is answered, before the last of it is sent. */
function watch(request: IncomingMessage, response: ServerResponse, tell: (exchange: Exchange) => void): void {
  const { method = '', url = '' } = request
  const chunks: Buffer[] = []
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
  }
  let headers: Record<string, unknown> = {}
  const { writeHead, write, end } = response
  Object.assign(response, {
    writeHead(status: number, ...rest: readonly unknown[]) {
      const given = Object.entries(rest.find((part) => typeof part === 'object') ?? {})
      headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]))
      return Reflect.apply(writeHead, response, [status, ...rest])
    },
    write(...args: readonly unknown[]) {
      keep(args[0])
      return Reflect.apply(write, response, args)
    },
    end(...args: readonly unknown[]) {
      keep(args[0])
      const all = { ...response.getHeaders(), ...headers }
      tell({ method, url, status: response.statusCode, headers: all, body: Buffer.concat(chunks).toString() })
      return Reflect.apply(end, response, args)
    },
  })
}
