import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Permission } from '../domain/permissions.ts'
import type { RefusalCode } from '../domain/refusal.ts'
import type { Caller } from '../identity/caller.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ingest } from '../ingest/ingest.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import type { Executions } from '../query/executions.ts'
import type { SynchronousQueries } from '../query/synchronous-queries.ts'
import type { ParquetWriter, UsageStore } from '../store/usage-store.ts'
import type { TemplateResolver } from '../templates/template-resolver.ts'
import type { LiveTimes } from './live-stream.ts'
import type { DashboardFiles } from './pages/dashboard-files.ts'

/** The running parts that endpoints answer from; server.ts joins them. */
export interface Parts {
  readonly store: UsageStore
  readonly ingest: Ingest
  readonly resolver: TemplateResolver
  readonly executions: Executions
  readonly queries: SynchronousQueries
  readonly parquet: ParquetWriter
  readonly identity: Identity
  readonly metadata: MetadataDatabase
  readonly settings: HttpSettings
  readonly version: string
  /** The built dashboard, where there is one. */
  readonly dashboard?: DashboardFiles | undefined
  readonly now: () => number
  /** False from SIGTERM on: /readyz turns 503. */
  readonly isReady: () => boolean
  /** For tests, which do not want to wait. */
  readonly liveTimes?: Partial<LiveTimes>
}

/** The settings that the HTTP layer reads; config.ts has all of them. */
export interface HttpSettings {
  /** Requests a minute; 0 is off, in all three. */
  readonly rateLimitPerMinute: number
  readonly organizationRateLimitPerMinute: number
  readonly eventRateLimitPerMinute: number
  readonly maxBodyBytes: number
  readonly maxRouteTemplates: number
  readonly maxLiveStreams: number
  readonly trustProxy: boolean
  readonly publicUrl: string | undefined
  readonly corsOrigins: readonly string[]
}

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** One operation: its schema, who may, and its handler. Listed in routes.ts. */
export type ApiModule = (api: Api, parts: Parts) => void

/** Who may call an operation; checked in one place, before the body is read (http/access.ts). */
export type Access =
  /** No credentials are asked for. */
  | { readonly public: true }
  /** Any one of these permissions; an empty list is any OAuth client or person. */
  | { readonly anyPermission: readonly Permission[] }
  /** usage:event:add or an ingest key; counted in a rate limit of its own. */
  | { readonly sendsEvents: true }
  /** The same with a key of this kind and nothing else, which is the path’s parameter `clientId` (decisions.md 25). */
  | { readonly keyInPath: 'apitally' }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** Why it refuses, beyond what follows from its access and schema (http/openapi-errors.ts): for the document. */
    refusals?: readonly RefusalCode[]
    /** Its answer goes on until one side ends it: the time limit of answers is none for it. */
    isEndless?: boolean
  }
  interface FastifyRequest {
    /** Who is calling; throws on an operation whose access is public. */
    caller: Caller
  }
}
