import { Type } from 'typebox'
import type { Caller } from '../../identity/caller.ts'
import { findOrganization } from '../../metadata/organizations.ts'
import { signedIn } from '../access.ts'
import type { ApiModule, Parts } from '../api.ts'
import { sendFile } from './get-dashboard-assets.ts'
import { indexPage, type SignedInView } from './index-page.ts'
import { pagePolicy } from './page-policy.ts'

/**
 * GET /: the dashboard, which asks the API for everything. Where none was built (decisions.md 24), a page that says what
 * this server is and, to somebody who is signed in, how much it has counted.
 */
export const getIndexPage: ApiModule = (api, parts) => {
  const schema = { hide: true, produces: ['text/html'], response: { 200: Type.String() } }
  const config = { access: { public: true } } as const
  api.get('/', { schema, config }, async (request, reply) => {
    reply.header('content-security-policy', pagePolicy({ script: true }))
    if (parts.dashboard !== undefined) return sendFile(request, reply, parts.dashboard.page)
    const caller = await signedIn(request, parts)
    const view = caller === undefined ? parts.identity.outsideSignIn : await viewOf(caller, parts)
    return reply.type('text/html; charset=utf-8').send(indexPage(parts.version, view))
  })
}

async function viewOf(caller: Caller, { metadata, store }: Parts): Promise<SignedInView> {
  const organization = await findOrganization(metadata, caller.organizationId)
  const { requests, newestEvent } = await store.describe(caller.organizationId)
  return {
    personName: caller.name,
    organizationName: organization?.name ?? caller.organizationId,
    requests,
    newestEvent,
  }
}
