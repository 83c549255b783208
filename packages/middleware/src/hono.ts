/**
 * Meters a Hono service, on Node (with @hono/node-server) and on other servers that give Web requests.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HonoRequestLike, routeOf } from './hono-routes.ts'
import { Meter, type MeterControl } from './meter.ts'
import type { MeterOptions } from './options.ts'
import { type MeasuredCall, watchCall } from './watch-call.ts'
import { watchWebCall } from './watch-web-call.ts'

export type { FinishedCall } from './finished-call.ts'
export type { MeterControl, MeterStats } from './meter.ts'
export type { ExcludedCalls, MeterOptions, SpoolOptions, TextOf, Told } from './options.ts'
export type { Dropped, DropReason, ErrorKind, MeterError, Rejected } from './reports.ts'

/** What is needed of Hono's context. */
export interface HonoContext {
  readonly req: HonoRequestLike & { readonly raw: Request }
  readonly env: unknown
  res: Response
}

export type HonoMeter<Context extends HonoContext> = MeterControl &
  ((context: Context, next: () => Promise<void>) => Promise<void>)

/**
 * The middleware; mount it first, so that it sees every call and how it ended.
 * @example
 * const meter = routemeter({ clientId: (context: Context) => context.req.header('x-client-id') })
 * app.use(meter)
 * @throws TypeError naming every option that is not as it must be.
 */
export function routemeter<Context extends HonoContext = HonoContext>(
  options: MeterOptions<Context> = {},
): HonoMeter<Context> {
  const meter = new Meter<Context>(options)
  const middleware = async (context: Context, next: () => Promise<void>): Promise<void> => {
    const finished = (call: MeasuredCall) => {
      call.template = routeOf(context.req, call.status)
      meter.record(context, call)
    }
    const node = nodeBindings(context.env)
    if (node !== undefined) {
      watchCall(node.incoming, node.outgoing, finished)
      return next()
    }
    const finish = watchWebCall(context.req.raw, finished)
    await next()
    context.res = finish(context.res)
  }
  return Object.assign(middleware, {
    flush: () => meter.flush(),
    close: () => meter.close(),
    stats: () => meter.stats(),
    [Symbol.asyncDispose]: () => meter.close(),
  })
}

/** What @hono/node-server puts into the environment: with it the bytes on the wire and an aborted call are seen. */
function nodeBindings(env: unknown): { incoming: IncomingMessage; outgoing: ServerResponse } | undefined {
  if (typeof env !== 'object' || env === null || !('incoming' in env) || !('outgoing' in env)) return undefined
  return env as { incoming: IncomingMessage; outgoing: ServerResponse }
}
