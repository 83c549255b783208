import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Permission } from '../domain/permissions.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Caller } from '../identity/caller.ts'
import type { Access, Parts } from './api.ts'
import { comesFromOwnPage } from './origin.ts'
import type { RateLimit } from './rate-limit.ts'

/** The browser's session; its value is a token of identity/. */
export const SESSION_COOKIE = 'routemeter_session'

const callers = new WeakMap<FastifyRequest, Caller>()

/** Who is calling, where that is known; `request.caller` is the same and throws where it is not. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request)
}

/**
 * Asks every request for the credentials that its operation's `config.access` wants, before the body is read. An
 * operation that does not say who may use it is answered 500 here, and does not start (`routes.ts`).
 */
export function addAccess(app: FastifyInstance, parts: Parts, rateLimit: RateLimit): void {
  app.decorateRequest('caller', {
    getter(this: FastifyRequest): Caller {
      const caller = callers.get(this)
      if (caller === undefined) throw new Error('this operation is public: nobody is calling')
      return caller
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config
    if (access === undefined) throw new Error('the operation declares no access')
    if ('public' in access) return
    if ('keyInPath' in access) await authenticatePath(request, parts)
    else await authenticate(request, parts)
    await rateLimit(request, reply, { sendsEvents: sendsEvents(access) })
    checkAccess(request.caller, access)
  })
}

/**
 * Finds out who is calling and remembers it as `request.caller`.
 * @throws Refusal 401 without credentials or with bad ones, 403 for a session used from another site's page.
 */
export async function authenticate(
  request: FastifyRequest,
  parts: Pick<Parts, 'identity' | 'settings'>,
): Promise<Caller> {
  const caller = await parts.identity.authenticate({
    authorization: request.headers.authorization,
    apiKey: oneHeader(request.headers['x-api-key']),
    session: sessionOf(request, parts),
  })
  callers.set(request, caller)
  return caller
}

/** @throws Refusal 404 for a path that holds no key. */
async function authenticatePath(request: FastifyRequest, { identity }: Pick<Parts, 'identity'>): Promise<void> {
  const { clientId } = request.params as { readonly clientId?: string }
  callers.set(request, await identity.authenticateApitally(clientId ?? ''))
}

function sendsEvents(access: Access): boolean {
  return 'sendsEvents' in access || 'keyInPath' in access
}

/** Who is signed in here with a browser, on a page that is there for everybody. */
export async function signedIn(request: FastifyRequest, parts: Pick<Parts, 'identity'>): Promise<Caller | undefined> {
  const session = request.cookies[SESSION_COOKIE]
  if (session === undefined) return undefined
  try {
    return await parts.identity.authenticate({ authorization: undefined, apiKey: undefined, session })
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** @throws Refusal 403 when the caller may not use an operation with this access. */
export function checkAccess(caller: Caller, access: Exclude<Access, { public: true }>): void {
  if ('keyInPath' in access) return
  if ('sendsEvents' in access) {
    if (caller.kind !== 'ingest-key') checkPermission(caller, ['usage:event:add'])
    return
  }
  if (caller.kind === 'ingest-key') {
    throw new Refusal('not.authorized', 'An ingest key can send events and nothing else. Use an OAuth client’s token.')
  }
  checkPermission(caller, access.anyPermission)
}

function checkPermission(caller: Caller, needed: readonly Permission[]): void {
  if (needed.length === 0 || needed.some((permission) => caller.permissions.has(permission))) return
  throw new Refusal(
    'missing.any.permissions',
    'Unable to perform the requested action. You must have at least one of the following permissions assigned: [{permissions}]',
    { permissions: needed.join(', ') },
  )
}

/** The cookie counts only where the client sends no credentials of its own. */
function sessionOf(request: FastifyRequest, parts: Pick<Parts, 'settings'>): string | undefined {
  const session = request.cookies[SESSION_COOKIE]
  const { authorization, 'x-api-key': apiKey } = request.headers
  if (session === undefined || authorization !== undefined || apiKey !== undefined) return undefined
  if (comesFromOwnPage(request, parts.settings)) return session
  throw new Refusal('not.authorized', 'A browser’s session works from this server’s own pages only.')
}

function oneHeader(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
