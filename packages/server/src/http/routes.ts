import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Api, ApiModule, Parts } from './api.ts'
import { postOauthToken } from './oauth/post-oauth-token.ts'
import { addDocsPage, addOpenApi, getOpenApi } from './openapi.ts'
import { getIndexPage } from './pages/get-index-page.ts'
import { getPageAssets } from './pages/get-page-assets.ts'
import { deleteOauthClient } from './platform/delete-oauth-client.ts'
import { deleteTokensMe } from './platform/delete-tokens-me.ts'
import { getOauthClient } from './platform/get-oauth-client.ts'
import { getOauthClients } from './platform/get-oauth-clients.ts'
import { getOrganizationsMe } from './platform/get-organizations-me.ts'
import { getTokensMe } from './platform/get-tokens-me.ts'
import { getUsageQueryResults } from './platform/get-usage-query-results.ts'
import { headTokensMe } from './platform/head-tokens-me.ts'
import { postOauthClientSecret } from './platform/post-oauth-client-secret.ts'
import { postOauthClients } from './platform/post-oauth-clients.ts'
import { postUsageQuery } from './platform/post-usage-query.ts'
import { putOauthClient } from './platform/put-oauth-client.ts'
import { getLivez } from './server/get-livez.ts'
import { getMetrics } from './server/get-metrics.ts'
import { getReadyz } from './server/get-readyz.ts'
import { deleteIngestKey } from './v1/delete-ingest-key.ts'
import { deleteOrganization } from './v1/delete-organization.ts'
import { deleteSignIn } from './v1/delete-sign-in.ts'
import { getIngestKeys } from './v1/get-ingest-keys.ts'
import { getOrganization } from './v1/get-organization.ts'
import { getOrganizations } from './v1/get-organizations.ts'
import { postEvents } from './v1/post-events.ts'
import { postIngestKeys } from './v1/post-ingest-keys.ts'
import { postOrganizations } from './v1/post-organizations.ts'
import { postSignIn } from './v1/post-sign-in.ts'

/** Every operation the server has. To add one: write its file, list it here. */
const OPERATIONS: readonly ApiModule[] = [
  // The platform's.
  postUsageQuery,
  getUsageQueryResults,
  postOauthToken,
  getTokensMe,
  headTokensMe,
  deleteTokensMe,
  getOauthClients,
  postOauthClients,
  getOauthClient,
  putOauthClient,
  deleteOauthClient,
  postOauthClientSecret,
  getOrganizationsMe,
  // Our own.
  postEvents,
  postOrganizations,
  getOrganizations,
  getOrganization,
  deleteOrganization,
  postIngestKeys,
  getIngestKeys,
  deleteIngestKey,
  postSignIn,
  deleteSignIn,
  // The server itself.
  getLivez,
  getReadyz,
  getOpenApi,
  getIndexPage,
  getPageAssets,
]

/**
 * Adds every operation, each in a scope of its own: a body parser or hook that one adds is not another's.
 * @throws Error for an operation that does not declare who may use it, or has no schema.
 */
export async function addRoutes(app: FastifyInstance, parts: Parts, metrics: Metrics): Promise<void> {
  const check = checkDeclared(app)
  await addOpenApi(app, parts)
  for (const operation of [...OPERATIONS, getMetrics(metrics)]) {
    await app.register(async (scope) => operation(scope as Api, parts))
  }
  await addDocsPage(app)
  check()
}

/**
 * Watches what is added from here on.
 * @returns call it when everything is added: it throws for an operation that declares no access or no schema.
 */
export function checkDeclared(app: FastifyInstance): () => void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  return () => {
    const undeclared = routes.filter((route) => route.config?.access === undefined || route.schema === undefined)
    if (undeclared.length === 0) return
    const names = undeclared.map((route) => `${[route.method].flat().join()} ${route.url}`)
    throw new Error(`These operations declare no access or no schema: ${names.join('; ')}`)
  }
}
