import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, startServer } from '../../packages/server/src/index.ts'
import { type Operation, operationsOf } from './operations.ts'

export interface Request {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string
  /** The answer has no end: it is read up to the end of its first event. */
  readonly isStream?: boolean
}

export interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly body: string
}

/** What of the server's Fastify app is used here. */
interface App {
  inject(request: Request): Promise<Answer>
  addHook(name: 'onRoute', hook: (this: Scope, route: { url: string; method: string | string[] }) => void): void
}

interface Scope {
  route(route: object): void
}

/** The whole server, with every engine, in this process: its clock is the test's, and its requests need no socket. */
export interface RunningApp extends AsyncDisposable {
  readonly operations: readonly Operation[]
  readonly clock: { now: number }
  inject(request: Request): Promise<Answer>
  /** An access token for a client; of the platform's administrator without one. */
  token(client?: { readonly id: string; readonly secret: string }): Promise<string>
}

const PLATFORM = { id: 'the-platform-administrator', secret: 'a-secret-that-only-tests-know' }

/** @param planted Fastify routes that the server does not have: for tests that see a violation found. */
export async function startApp(planted: readonly object[] = []): Promise<RunningApp> {
  const data = mkdtempSync(join(tmpdir(), 'routemeter-tenancy-'))
  const clock = { now: Date.now() }
  const made: App[] = []
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: App }
    made.push(fastify)
    plant(fastify, planted)
  }
  subscribe('fastify.initialization', watch)
  const flags = { data, port: '0', logLevel: 'error', rateLimitPerMinute: '0', maxQueuedExecutions: '100000' }
  const env = { ROUTEMETER_CLIENT_ID: PLATFORM.id, ROUTEMETER_CLIENT_SECRET: PLATFORM.secret }
  const { config } = readConfig({ flags, env, cwd: data })
  const server = await startServer(config, { now: () => clock.now, print: () => {}, isTerminal: false })
  unsubscribe('fastify.initialization', watch)
  const [app] = made
  if (app === undefined) throw new Error('the server made no app')
  return {
    operations: operationsOf(JSON.parse((await app.inject({ method: 'GET', url: '/openapi.json' })).body)),
    clock,
    inject: (request) => (request.isStream ? beginningOf(server.url, request) : app.inject(request)),
    token: (client = PLATFORM) => grant(app, client),
    async [Symbol.asyncDispose]() {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Over a socket, which is closed again: without one, nobody could end the answer. */
async function beginningOf(server: string, { method, url, headers = {} }: Request): Promise<Answer> {
  const end = new AbortController()
  const answer = await fetch(`${server}${url}`, { method, headers, signal: end.signal })
  let body = ''
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    body += text
    if (answer.status === 200 && body.includes('\n\n')) break
  }
  end.abort()
  // Where a stream stands is another place every time.
  return {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: body.replace(/^id: .*\n/gm, ''),
  }
}

/** Beside a route of the server's own, so that what holds for those holds for these. */
function plant(app: App, routes: readonly object[]): void {
  app.addHook('onRoute', function ({ url, method }) {
    if (url === '/livez' && method === 'GET') for (const route of routes) this.route(route)
  })
}

async function grant(app: App, { id, secret }: { readonly id: string; readonly secret: string }): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  const payload = 'grant_type=client_credentials'
  const { body } = await app.inject({ method: 'POST', url: '/oauth/token', headers, payload })
  const { access_token: token } = JSON.parse(body) as { access_token?: string }
  if (token === undefined) throw new Error(`no token for ${id}: ${body}`)
  return token
}
