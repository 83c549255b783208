import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SILENT_LOG } from '../domain/log.ts'
import { makeScope } from '../domain/scope.ts'
import { createIngest } from '../ingest/create-ingest.ts'
import type { Ingest } from '../ingest/ingest.ts'
import { type MetadataDatabase, openMetadata } from '../metadata/database.ts'
import { addOrganization } from '../metadata/organizations.ts'
import { listRouteTemplates } from '../metadata/route-templates.ts'
import { openDuckDbStore } from '../store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../store/usage-store.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import { openDemo } from './demo.ts'

const NOW = Date.UTC(2026, 10, 23, 9, 30)
const clock = () => NOW
let folder: string
let metadata: MetadataDatabase
let store: UsageStore
let ingest: Ingest

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-demo-'))
  metadata = await openMetadata(join(folder, 'metadata.sqlite'))
  await addOrganization(metadata, { id: 'demo', name: 'Demo', createdAt: NOW })
  store = await openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: clock, log: SILENT_LOG })
  const limits = {
    groupCommitMs: 0,
    groupCommitEvents: 20_000,
    maxEventsInFlight: 100_000,
    maxBytesInFlight: 1 << 28,
    readerThreads: 0,
  }
  ingest = createIngest({
    store,
    resolver: resolver(),
    organizationExists: async () => true,
    now: clock,
    limits,
    log: SILENT_LOG,
  })
})

afterEach(async () => {
  await ingest[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  await metadata.destroy()
  rmSync(folder, { recursive: true })
})

const resolver = () =>
  createTemplateResolver({ templatesOf: (organizationId) => listRouteTemplates(metadata, organizationId) })
const parts = (through: Ingest) => ({ ingest: through, resolver: resolver(), metadata, now: clock, log: SILENT_LOG })

async function total(
  interval: { start: number; end: number },
  status: 'requests' | 'status429' = 'requests',
): Promise<number> {
  const query = {
    interval,
    timeZone: 'UTC',
    granularity: undefined,
    groupBy: [],
    metrics: [status],
    filters: {},
    sortBy: [],
  }
  const { chunks } = await store.query(makeScope(['demo']), query)
  for await (const [row] of chunks) return Number(row?.[0])
  return 0
}

test('a first start that was interrupted is finished by the next, and nothing is counted twice', async () => {
  let bodies = 0
  const interrupted: Ingest = {
    ...ingest,
    accept: (...given) => {
      if (++bodies > 20) throw new Error('the process ended')
      return ingest.accept(...given)
    },
  }
  await expect(openDemo(parts(interrupted), { organizationId: 'demo', created: true })).rejects.toThrow(
    'the process ended',
  )
  const { calls } = await openDemo(parts(ingest), { organizationId: 'demo', created: false })
  const everything = { start: 0, end: NOW + 86_400_000 }
  expect(await total(everything)).toBe(calls)
  expect(await total({ start: Date.UTC(2020, 1, 1), end: Date.UTC(2020, 2, 1) })).toBe(1130)
  expect(await total(everything, 'status429')).toBeGreaterThan(10_000)

  const again = await openDemo(parts(ingest), { organizationId: 'demo', created: false })
  expect(again.calls).toBe(calls)
  expect(await total(everything)).toBe(calls)
}, 60_000)

test('a data folder that began without the demo gets none of it', async () => {
  expect((await openDemo(parts(ingest), { organizationId: 'demo', created: false })).calls).toBe(0)
  expect(await total({ start: 0, end: NOW })).toBe(0)
})
