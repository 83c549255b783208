import { SILENT_LOG } from '../../packages/server/src/domain/log.ts'
import { createIngest } from '../../packages/server/src/ingest/create-ingest.ts'
import type { Ingest } from '../../packages/server/src/ingest/ingest.ts'
import type { UsageStore } from '../../packages/server/src/store/usage-store.ts'
import { createTemplateResolver } from '../../packages/server/src/templates/template-resolver.ts'
import { ROUTE_TEMPLATES } from '../events.ts'

/** Takes bodies into a store as the server does, in this process and without HTTP; every organization has the templates. */
export function ingestInto(store: UsageStore, now: () => number = Date.now): Ingest {
  const resolver = createTemplateResolver({ templatesOf: async () => ROUTE_TEMPLATES.map((path) => path.slice(1)) })
  const limits = {
    groupCommitMs: 10,
    groupCommitEvents: 20_000,
    maxEventsInFlight: 200_000,
    maxBytesInFlight: 2 ** 28,
    readerThreads: 1,
  }
  const organizationExists = async () => true
  return createIngest({ store, resolver, organizationExists, now, limits, log: SILENT_LOG })
}
