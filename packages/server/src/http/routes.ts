import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Api, ApiModule, Parts } from './api.ts'
import { getOauthAuthorize } from './oauth/get-oauth-authorize.ts'
import { getOauthOutsideSignIn } from './oauth/get-oauth-outside-sign-in.ts'
import { getOauthOutsideSignInCallback } from './oauth/get-oauth-outside-sign-in-callback.ts'
import { getOauthSignIn } from './oauth/get-oauth-sign-in.ts'
import { postOauthAuthorize } from './oauth/post-oauth-authorize.ts'
import { postOauthSignIn } from './oauth/post-oauth-sign-in.ts'
import { postOauthToken } from './oauth/post-oauth-token.ts'
import { addDocsPage, addOpenApi, getOpenApi } from './openapi.ts'
import { getDashboardAssets } from './pages/get-dashboard-assets.ts'
import { getIndexPage } from './pages/get-index-page.ts'
import { getPageAssets } from './pages/get-page-assets.ts'
import { deleteClientUsageAggregatesQueryJob } from './platform/delete-client-usage-aggregates-query-job.ts'
import { deleteOauthClient } from './platform/delete-oauth-client.ts'
import { deleteTokensMe } from './platform/delete-tokens-me.ts'
import { deleteUsageAggregatesQueryJob } from './platform/delete-usage-aggregates-query-job.ts'
import { getClientUsageAggregatesQueryJob } from './platform/get-client-usage-aggregates-query-job.ts'
import { getClientUsageQueryResults } from './platform/get-client-usage-query-results.ts'
import { getClientUsageSummary } from './platform/get-client-usage-summary.ts'
import { getOauthClient } from './platform/get-oauth-client.ts'
import { getOauthClients } from './platform/get-oauth-clients.ts'
import { getOrganizationsMe } from './platform/get-organizations-me.ts'
import { getTokensMe } from './platform/get-tokens-me.ts'
import { getUsageAggregatesQueryJob } from './platform/get-usage-aggregates-query-job.ts'
import { getUsageQueryResults } from './platform/get-usage-query-results.ts'
import { getUsageSimpleSearchResults } from './platform/get-usage-simple-search-results.ts'
import { getUsersMe } from './platform/get-users-me.ts'
import { headTokensMe } from './platform/head-tokens-me.ts'
import { postClientUsageAggregatesQueryJobs } from './platform/post-client-usage-aggregates-query-jobs.ts'
import { postClientUsageQuery } from './platform/post-client-usage-query.ts'
import { postOauthClientSecret } from './platform/post-oauth-client-secret.ts'
import { postOauthClients } from './platform/post-oauth-clients.ts'
import { postUsageAggregatesQueryJobs } from './platform/post-usage-aggregates-query-jobs.ts'
import { postUsageQuery } from './platform/post-usage-query.ts'
import { postUsageSimpleSearch } from './platform/post-usage-simple-search.ts'
import { putOauthClient } from './platform/put-oauth-client.ts'
import { getLivez } from './server/get-livez.ts'
import { getMetrics } from './server/get-metrics.ts'
import { getReadyz } from './server/get-readyz.ts'
import { deleteAuthorizedClient } from './v1/delete-authorized-client.ts'
import { deleteIngestKey } from './v1/delete-ingest-key.ts'
import { deleteOrganization } from './v1/delete-organization.ts'
import { deleteRouteTemplate } from './v1/delete-route-template.ts'
import { deleteRouteTemplates } from './v1/delete-route-templates.ts'
import { deleteSignIn } from './v1/delete-sign-in.ts'
import { getAuthorizedClients } from './v1/get-authorized-clients.ts'
import { getIngestKeys } from './v1/get-ingest-keys.ts'
import { getOrganization } from './v1/get-organization.ts'
import { getOrganizations } from './v1/get-organizations.ts'
import { getRateLimitStatus } from './v1/get-rate-limit-status.ts'
import { getRateLimits } from './v1/get-rate-limits.ts'
import { getResolvedPath } from './v1/get-resolved-path.ts'
import { getRouteTemplates } from './v1/get-route-templates.ts'
import { getSignIn } from './v1/get-sign-in.ts'
import { getUnmatchedPaths } from './v1/get-unmatched-paths.ts'
import { getUsageDimensionValues } from './v1/get-usage-dimension-values.ts'
import { getUsageLive } from './v1/get-usage-live.ts'
import { postApitallyLog, postApitallyStartup, postApitallySync } from './v1/post-apitally-messages.ts'
import { postEvents } from './v1/post-events.ts'
import { postIngestKeys } from './v1/post-ingest-keys.ts'
import { postOrganizations } from './v1/post-organizations.ts'
import { postRouteTemplates } from './v1/post-route-templates.ts'
import { postRouteTemplatesReResolve } from './v1/post-route-templates-re-resolve.ts'
import { postSignIn } from './v1/post-sign-in.ts'
import { postSource } from './v1/post-source.ts'
import { postTraces } from './v1/post-traces.ts'
import { postUsageQuery as postV1UsageQuery } from './v1/post-usage-query.ts'
import { putAuthorizedClient } from './v1/put-authorized-client.ts'
import { putRateLimits } from './v1/put-rate-limits.ts'

/** Every operation the server has. To add one: write its file, list it here. */
const OPERATIONS: readonly ApiModule[] = [
  // The platform's.
  postUsageQuery,
  getUsageQueryResults,
  getOauthAuthorize,
  getOauthSignIn,
  postOauthAuthorize,
  postOauthSignIn,
  postClientUsageQuery,
  getClientUsageQueryResults,
  getClientUsageSummary,
  postUsageSimpleSearch,
  getUsageSimpleSearchResults,
  postUsageAggregatesQueryJobs,
  getUsageAggregatesQueryJob,
  deleteUsageAggregatesQueryJob,
  postClientUsageAggregatesQueryJobs,
  getClientUsageAggregatesQueryJob,
  deleteClientUsageAggregatesQueryJob,
  getOauthOutsideSignIn,
  getOauthOutsideSignInCallback,
  postOauthToken,
  getTokensMe,
  headTokensMe,
  deleteTokensMe,
  getUsersMe,
  getOauthClients,
  postOauthClients,
  getOauthClient,
  putOauthClient,
  deleteOauthClient,
  postOauthClientSecret,
  getOrganizationsMe,
  // Our own.
  postEvents,
  postSource,
  postTraces,
  postV1UsageQuery,
  postApitallySync,
  postApitallyStartup,
  postApitallyLog,
  postOrganizations,
  getOrganizations,
  getOrganization,
  deleteOrganization,
  postIngestKeys,
  getIngestKeys,
  deleteIngestKey,
  putAuthorizedClient,
  getAuthorizedClients,
  deleteAuthorizedClient,
  getResolvedPath,
  getUnmatchedPaths,
  postRouteTemplatesReResolve,
  deleteRouteTemplate,
  postRouteTemplates,
  getRouteTemplates,
  deleteRouteTemplates,
  getSignIn,
  getUsageLive,
  getUsageDimensionValues,
  putRateLimits,
  getRateLimits,
  getRateLimitStatus,
  postSignIn,
  deleteSignIn,
  // The server itself.
  getLivez,
  getReadyz,
  getOpenApi,
  getIndexPage,
  getDashboardAssets,
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

const declared = new WeakMap<FastifyInstance, readonly RouteOptions[]>()

/** Everything that an app answers, for tests that hold for every operation, a new one included. */
export function declaredRoutes(app: FastifyInstance): readonly RouteOptions[] {
  return declared.get(app) ?? []
}

/**
 * Watches what is added from here on.
 * @returns call it when everything is added: it throws for an operation that declares no access or no schema.
 */
export function checkDeclared(app: FastifyInstance): () => void {
  const routes: RouteOptions[] = []
  declared.set(app, routes)
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
