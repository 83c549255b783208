/**
 * Meters a Fastify service.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Meter } from './meter.ts'
import type { MeterOptions } from './options.ts'
import { isCatchAll, templateOf } from './route-syntax.ts'
import { watchCall } from './watch-call.ts'

export type { FinishedCall } from './finished-call.ts'
export type { ExcludedCalls, MeterOptions, SpoolOptions, TextOf, Told } from './options.ts'
export type { Dropped, DropReason, ErrorKind, MeterError, Rejected } from './reports.ts'

/** What is needed of Fastify's request. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
  readonly routeOptions: { readonly url?: string | undefined }
}

/** What is needed of a Fastify instance. */
export interface FastifyLike<Request extends FastifyRequestLike> {
  addHook(
    name: 'onRequest',
    hook: (request: Request, reply: { readonly raw: ServerResponse }, done: () => void) => void,
  ): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

/**
 * The plugin. Register it before the routes: Fastify tells of a hook only the routes that come after it. `app.close()`
 * sends the rest, after the last request.
 * @example
 * await app.register(routemeter, { clientId: (request) => request.headers['x-client-id'] })
 * @throws TypeError naming every option that is not as it must be.
 */
export function routemeter<Request extends FastifyRequestLike>(
  app: FastifyLike<Request>,
  options: MeterOptions<Request>,
  done: (error?: Error) => void,
): void {
  const meter = new Meter<Request>(options)
  app.addHook('onRequest', (request, reply, next) => {
    watchCall(request.raw, reply.raw, (call) => {
      call.template = templateOfCall(request, call.status)
      meter.record(request, call)
    })
    next()
  })
  app.addHook('onClose', () => meter.close())
  done()
}

// What fastify-plugin sets: the hooks are the whole application's and not those of a scope of its own.
Object.assign(routemeter, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@routemeter/middleware',
  [Symbol.for('plugin-meta')]: { name: '@routemeter/middleware', fastify: '5.x' },
})

const templates = new Map<string, string>()

/** Prefixes are in it already. A call of no route has none. */
function templateOfCall({ routeOptions: { url } }: FastifyRequestLike, status: number): string | undefined {
  if (url === undefined || (status === 404 && isCatchAll(url))) return undefined
  let template = templates.get(url)
  if (template === undefined) {
    template = templateOf(url, 'pattern')
    templates.set(url, template)
  }
  return template
}
