import type { ExpressLayer, ExpressRoute } from './express-layer.ts'
import { matchedBy } from './express-match.ts'
import { mountedStack } from './express-mounts.ts'
import { isCatchAll, templateOf } from './route-syntax.ts'

interface Found {
  /** As they were mounted, such as `/orgs/:org`. */
  readonly mounts: string
  readonly path: string
}

interface Known {
  /** Fits the paths under the mounts. */
  readonly mounts: RegExp
  readonly template: string
}

/**
 * The route templates of an application, mount prefixes included. `req.baseUrl` has the prefixes as they were called
 * (`/orgs/42`), and after an error or in an outer middleware not even those, so the routers are walked as Express walks
 * them. That also finds the route of a call that was answered before it got there, such as by a rate limiter.
 */
export class ExpressRoutes {
  readonly #known = new WeakMap<ExpressRoute, Known[]>()

  /**
   * @param app the outermost application.
   * @param route what Express says that it called last.
   * @returns undefined for a call that no route fits.
   */
  templateOf(
    app: unknown,
    route: ExpressRoute | undefined,
    call: { readonly method: string; readonly path: string; readonly status: number },
  ): string | undefined {
    const known = route === undefined ? undefined : this.#known.get(route)?.find(({ mounts }) => mounts.test(call.path))
    if (known !== undefined) return known.template
    const stack = mountedStack(app)
    if (stack === undefined) return undefined
    // Express keeps the last route that it tried, which may be one for everything.
    const isRoute = route !== undefined && !isCatchAll(String(route.path))
    const wanted = (tried: ExpressRoute) => (isRoute ? tried === route : handles(tried, call.method))
    const found = find(stack, call.path, '', wanted)
    if (found === undefined || (call.status === 404 && isCatchAll(found.path))) return undefined
    const template = templateOf(found.mounts + found.path, 'optional part')
    if (isRoute) this.#remember(route, found.mounts, template)
    return template
  }

  #remember(route: ExpressRoute, mounts: string, template: string): void {
    const pattern = mountPattern(mounts)
    if (pattern === undefined) return
    const known = this.#known.get(route)
    if (known === undefined) this.#known.set(route, [{ mounts: pattern, template }])
    else known.push({ mounts: pattern, template })
  }
}

function handles(route: ExpressRoute, method: string): boolean {
  return route._handlesMethod?.(method) ?? route._handles_method?.(method) ?? false
}

/** The first route that is wanted and fits; one for everything only where no other does. */
function find(
  stack: readonly ExpressLayer[],
  path: string,
  mounts: string,
  isWanted: (route: ExpressRoute) => boolean,
): Found | undefined {
  let forEverything: Found | undefined
  for (const layer of stack) {
    const inner = layer.route === undefined ? mountedStack(layer.handle) : undefined
    const isCandidate = layer.route === undefined ? inner !== undefined : isWanted(layer.route)
    const matched = isCandidate ? matchedBy(layer, path) : undefined
    if (matched === undefined) continue
    const found =
      inner === undefined
        ? { mounts, path: matched.pattern }
        : find(inner, path.slice(matched.path.length) || '/', mounts + withoutEndSlash(matched.pattern), isWanted)
    if (found !== undefined && !isCatchAll(found.path)) return found
    forEverything ??= found
  }
  return forEverything
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/** Undefined for mounts with optional parts or patterns of their own: those calls are looked up each time. */
function mountPattern(mounts: string): RegExp | undefined {
  if (!/^(\/(:\w+|[\w.~-]+))*$/.test(mounts)) return undefined
  const segments = mounts.replace(/\./g, '\\.').replace(/:\w+/g, '[^/]+')
  return new RegExp(`^${segments}(/|$)`, 'i')
}
