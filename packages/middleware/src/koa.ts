/**
 * Meters a Koa service; routes of @koa/router are known with the prefixes of nested routers and of koa-mount.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Meter, type MeterControl } from './meter.ts'
import type { MeterOptions } from './options.ts'
import { isCatchAll, templateOf } from './route-syntax.ts'
import { pathOf, watchCall } from './watch-call.ts'

export type { FinishedCall } from './finished-call.ts'
export type { MeterControl, MeterStats } from './meter.ts'
export type { ExcludedCalls, MeterOptions, SpoolOptions, TextOf, Told } from './options.ts'
export type { Dropped, DropReason, ErrorKind, MeterError, Rejected } from './reports.ts'

/** What is needed of Koa's context. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
}

/** What @koa/router and koa-mount leave in it. */
interface RoutedContext extends KoaContext {
  readonly _matchedRoute?: string | RegExp
  readonly mountPath?: string
}

export type KoaMeter<Context extends KoaContext> = MeterControl &
  ((context: Context, next: () => Promise<unknown>) => Promise<unknown>)

/**
 * The middleware; mount it first, so that it sees every call and how it ended.
 * @example
 * const meter = routemeter({ clientId: (context) => context.get('x-client-id') })
 * app.use(meter)
 * @throws TypeError naming every option that is not as it must be.
 */
export function routemeter<Context extends KoaContext = KoaContext>(
  options: MeterOptions<Context> = {},
): KoaMeter<Context> {
  const meter = new Meter<Context>(options)
  const middleware = (context: Context, next: () => Promise<unknown>): Promise<unknown> => {
    watchCall(context.req, context.res, (call) => {
      call.template = templateOfCall(context, call.status)
      meter.record(context, call)
    })
    return next()
  }
  return Object.assign(middleware, {
    flush: () => meter.flush(),
    close: () => meter.close(),
    stats: () => meter.stats(),
    [Symbol.asyncDispose]: () => meter.close(),
  })
}

const templates = new Map<string, string>()

function templateOfCall(context: RoutedContext, status: number): string | undefined {
  const { _matchedRoute: route, mountPath } = context
  if (typeof route !== 'string' || (status === 404 && isCatchAll(route))) return undefined
  let template = templates.get(route)
  if (template === undefined) {
    template = templateOf(route, 'optional part')
    templates.set(route, template)
  }
  return mountPath === undefined ? template : mounted(context.originalUrl, template)
}

/** koa-mount cuts literal segments off the path before the router sees it, and tells only the innermost of them. */
function mounted(url: string, template: string): string {
  const path = pathOf(url).split('/')
  const missing = path.length - template.split('/').length
  return missing > 0 ? `${path.slice(0, missing + 1).join('/')}${template === '/' ? '' : template}` : template
}
