import type { ExpressLayer } from './express-layer.ts'

const applications = new WeakMap<object, unknown>()

/** What a router or an application tries, in its order; undefined for any other function. */
export function mountedStack(mounted: unknown): readonly ExpressLayer[] | undefined {
  if (typeof mounted !== 'function') return undefined
  // Express mounts an application within a function of this name.
  const inside = mounted.name === 'mounted_app' ? applicationIn(mounted) : mounted
  const stack = stackOf(inside)
  return Array.isArray(stack) ? stack : undefined
}

function stackOf(mounted: unknown): unknown {
  if (typeof mounted !== 'function') return undefined
  if ('stack' in mounted) return mounted.stack
  const router = routerOf(mounted)
  return typeof router === 'function' && 'stack' in router ? router.stack : undefined
}

/** Express 4 has `_router` and throws when `router` is read. */
function routerOf(application: object): unknown {
  if ('_router' in application) return application._router
  return 'handle' in application && 'set' in application && 'router' in application ? application.router : undefined
}

/**
 * The application in the function with which Express mounts it, which keeps it to itself. The first thing that it does with
 * a request is to make it one of the application's, so it is handed something that ends there; none of the service's own
 * code is run. Once for each mount.
 */
function applicationIn(mount: object): unknown {
  if (!applications.has(mount)) applications.set(mount, ask(mount))
  return applications.get(mount)
}

function ask(mount: unknown): unknown {
  let application: unknown
  const outer = { request: {}, response: {} }
  const request = new Proxy<Record<string, unknown>>(
    { app: outer, url: '/', method: 'GET', headers: {} },
    {
      setPrototypeOf(target, prototype) {
        application ??= (prototype as { app?: unknown } | null)?.app
        // A request without an address is handed to no one.
        target.url = undefined
        throw new Error('this was no request')
      },
    },
  )
  try {
    if (typeof mount === 'function') mount(request, { setHeader() {}, locals: {} }, () => {})
  } catch {
    // As intended.
  }
  return application
}
