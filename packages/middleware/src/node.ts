/**
 * Meters a service that is made of node:http alone, or of a framework without a middleware of its own.
 * @module
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { Meter, type MeterControl } from './meter.ts'
import type { MeterOptions } from './options.ts'
import { MeterError, Reports } from './reports.ts'
import { templateOf } from './route-syntax.ts'
import { watchCall } from './watch-call.ts'

export type { FinishedCall } from './finished-call.ts'
export type { MeterControl, MeterStats } from './meter.ts'
export type { ExcludedCalls, SpoolOptions, TextOf, Told } from './options.ts'
export type { Dropped, DropReason, ErrorKind, MeterError, Rejected } from './reports.ts'

export interface NodeMeterOptions extends MeterOptions<IncomingMessage> {
  /**
   * The route template of a call, such as `/users/{id}` or `/users/:id`; asked when the call has finished. Without it, and
   * where it says undefined or throws, the path is sent and Routemeter finds the template.
   */
  readonly template?: (request: IncomingMessage) => string | undefined
}

export interface NodeMeter extends MeterControl {
  /** A listener that is metered. What it throws is thrown on, and counted as 500. */
  wrap(listener: RequestListener): RequestListener
  /** Meters every call that a server gets, whoever answers it. */
  attach(server: Pick<Server, 'prependListener'>): void
}

/**
 * @example
 * const meter = routemeter({ clientId: (request) => request.headers['x-client-id']?.toString() })
 * createServer(meter.wrap((request, response) => response.end('hello'))).listen(8080)
 * @throws TypeError naming every option that is not as it must be.
 */
export function routemeter(options: NodeMeterOptions = {}): NodeMeter {
  const meter = new Meter<IncomingMessage>(options)
  const reports = new Reports(options)
  const template = (request: IncomingMessage): string | undefined => {
    try {
      const told = options.template?.(request)
      return told === undefined ? undefined : templateOf(told, 'pattern')
    } catch (cause) {
      reports.error(new MeterError('callback', 'template threw, so the path is sent', { cause }))
      return undefined
    }
  }
  const watch = (request: IncomingMessage, response: ServerResponse, statusUnsent?: () => number) =>
    watchCall(
      request,
      response,
      (call) => {
        call.template = template(request)
        meter.record(request, call)
      },
      statusUnsent,
    )
  return {
    wrap: (listener) => (request, response) => {
      let hasThrown = false
      watch(request, response, () => (hasThrown ? 500 : 499))
      const note = (error: unknown): never => {
        hasThrown = true
        throw error
      }
      try {
        const returned: unknown = listener(request, response)
        // Handed on, so that who handles rejections of listeners still does.
        return returned instanceof Promise ? returned.catch(note) : returned
      } catch (error) {
        return note(error)
      }
    },
    attach: (server) => {
      server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
        watch(request, response),
      )
    },
    flush: () => meter.flush(),
    close: () => meter.close(),
    stats: () => meter.stats(),
    [Symbol.asyncDispose]: () => meter.close(),
  }
}
