import { isCatchAll, templateOf } from './route-syntax.ts'

/** What is needed of Hono's request. */
export interface HonoRequestLike {
  /** Which of the matched routes ran last. */
  readonly routeIndex: number
  /** In the order in which they run, middleware included. */
  readonly matchedRoutes: readonly HonoRoute[]
}

interface HonoRoute {
  readonly path: string
  readonly method: string
  readonly handler: unknown
}

/** Where a sub-application with an error handler of its own keeps the handler that it wraps. */
const COMPOSED = '__COMPOSED_HANDLER'

const templates = new Map<string, string>()

/**
 * The template of the route that answered, or, where a middleware answered before it, of the one that would have; base
 * paths and the paths of `route()` are in it already. Undefined where only middleware fits.
 */
export function routeOf({ routeIndex, matchedRoutes }: HonoRequestLike, status: number): string | undefined {
  const routes = matchedRoutes.slice(routeIndex).filter(isRoute)
  const route = routes.find(({ path }) => !isCatchAll(path)) ?? routes[0] ?? matchedRoutes.findLast(isRoute)
  if (route === undefined || (status === 404 && isCatchAll(route.path))) return undefined
  let template = templates.get(route.path)
  if (template === undefined) {
    template = templateOf(route.path, 'pattern')
    templates.set(route.path, template)
  }
  return template
}

/** A handler takes the context alone; what is mounted for all methods and takes `next` too is middleware. */
function isRoute({ method, handler }: HonoRoute): boolean {
  if (method !== 'ALL' || typeof handler !== 'function') return method !== 'ALL'
  const inner: unknown = COMPOSED in handler ? handler[COMPOSED] : handler
  return typeof inner === 'function' && inner.length < 2
}
