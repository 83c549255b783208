/**
 * Meters an Express service, version 5 or 4.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExpressRoute } from './express-layer.ts'
import { ExpressRoutes } from './express-routes.ts'
import { Meter, type MeterControl } from './meter.ts'
import type { MeterOptions } from './options.ts'
import type { MeasuredCall } from './watch-call.ts'
import { watchCall } from './watch-call.ts'

export type { FinishedCall } from './finished-call.ts'
export type { MeterControl, MeterStats } from './meter.ts'
export type { ExcludedCalls, MeterOptions, SpoolOptions, TextOf, Told } from './options.ts'
export type { Dropped, DropReason, ErrorKind, MeterError, Rejected } from './reports.ts'

type ExpressHandler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

export type ExpressMeter = ExpressHandler & MeterControl

interface ExpressApplication {
  readonly parent?: ExpressApplication
}

interface ExpressRequest extends IncomingMessage {
  readonly app?: ExpressApplication
  readonly route?: ExpressRoute
}

/**
 * The middleware; mount it first, so that it sees every call and how it ended.
 * @example
 * const meter = routemeter({ clientId: (request: Request) => request.get('x-client-id') })
 * app.use(meter)
 * @throws TypeError naming every option that is not as it must be.
 */
export function routemeter<Request extends IncomingMessage = IncomingMessage>(
  options: MeterOptions<Request> = {},
): ExpressMeter {
  const meter = new Meter<Request>(options)
  const routes = new ExpressRoutes()
  const middleware: ExpressHandler = (request, response, next) => {
    const app = outermost(request)
    watchCall(request, response, (call) => {
      call.template = templateOfCall(routes, app, request, call)
      meter.record(request as Request, call)
    })
    next()
  }
  return Object.assign(middleware, {
    flush: () => meter.flush(),
    close: () => meter.close(),
    stats: () => meter.stats(),
    [Symbol.asyncDispose]: () => meter.close(),
  })
}

function outermost(request: ExpressRequest): ExpressApplication | undefined {
  let { app } = request
  while (app?.parent !== undefined) app = app.parent
  return app
}

/** The routers' insides are Express's own: should they change, calls are counted by path. */
function templateOfCall(
  routes: ExpressRoutes,
  app: ExpressApplication | undefined,
  { route }: ExpressRequest,
  call: MeasuredCall,
): string | undefined {
  try {
    return routes.templateOf(app, route, call)
  } catch {
    return undefined
  }
}
