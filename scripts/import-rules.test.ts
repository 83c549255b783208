import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// A rule that nobody saw fail is not a rule: every direction is planted as a violation, in a tree of its own under the
// project's biome.json, and must be refused with its own message; what may be imported must pass.
const SERVER = 'packages/server/src'
const FORBIDDEN: readonly (readonly [folder: string, statement: string, message: string])[] = [
  [`${SERVER}/domain`, from('../store/usage-store.ts'), 'domain may import nothing of the server'],
  [`${SERVER}/domain`, from('node:fs'), 'domain is pure'],
  [`${SERVER}/domain`, from('kysely'), 'domain is pure'],
  [`${SERVER}/templates`, from('../ingest/ingest.ts'), 'templates may import domain'],
  [`${SERVER}/store`, from('../metadata/database.ts'), 'store may import domain'],
  [`${SERVER}/store/duckdb`, from('../../http/api.ts'), 'store may import domain'],
  [`${SERVER}/metadata`, from('../identity/caller.ts'), 'metadata may import domain'],
  [`${SERVER}/ingest`, from('../store/duckdb/duckdb-store.ts'), 'ingest may import templates, domain'],
  [`${SERVER}/ingest/sources`, from('../../http/api.ts'), 'ingest may import templates, domain'],
  [`${SERVER}/query`, from('../store/duckdb/duckdb-store.ts'), 'query may import metadata, domain'],
  [`${SERVER}/query`, from('../http/api.ts'), 'query may import metadata, domain'],
  [`${SERVER}/identity`, from('../query/executions.ts'), 'identity may import metadata, domain'],
  [`${SERVER}/http/v1`, from('../../store/duckdb/duckdb-store.ts'), 'http may import'],
  [`${SERVER}/http`, from('../config.ts'), 'http may import'],
  [`${SERVER}/config`, from('../store/usage-store.ts'), 'config may import domain'],
  [`${SERVER}/telemetry`, from('../domain/log.ts'), 'telemetry may import nothing'],
  [`${SERVER}/store/duckdb`, scopeFrom('../../domain/scope.ts'), 'Only identity/ makes scopes'],
  [`${SERVER}/query`, scopeFrom('../domain/scope.ts'), 'Only identity/ makes scopes'],
  [`${SERVER}/http`, scopeFrom('../domain/scope.ts'), 'Only identity/ makes scopes'],
  [`${SERVER}/ingest`, scopeFrom('../domain/scope.ts'), 'Only identity/ makes scopes'],
  [SERVER, scopeFrom('./domain/scope.ts'), 'Only identity/ makes scopes'],
  [SERVER, from('@routemeter/client'), 'server imports no other package'],
  ['packages/client/src', from('@routemeter/server'), 'client has no dependencies'],
  ['packages/client/src', from('node:fs'), 'client has no dependencies'],
  ['packages/middleware/src', from('@routemeter/client'), 'middleware has no dependencies'],
  ['packages/middleware/src', from('express'), 'middleware has no dependencies'],
  ['packages/middleware/src/spool', from('../../../client/src/index.ts'), 'middleware has no dependencies'],
  ['packages/cli/src', from('../../server/src/server.ts'), 'cli imports @routemeter/client'],
  ['packages/cli/src', from('@routemeter/server/src/server.ts'), 'cli imports @routemeter/client'],
  ['packages/dashboard/src', from('@routemeter/server'), 'everything comes through the client'],
  ['packages/dashboard/src/pages', from('../../../client/src/index.ts'), 'everything comes through the client'],
]
const ALLOWED: readonly (readonly [folder: string, statement: string])[] = [
  [`${SERVER}/ingest`, from('../store/usage-store.ts')],
  [`${SERVER}/ingest/sources`, from('../../domain/refusal.ts')],
  [`${SERVER}/query`, from('../metadata/database.ts')],
  [`${SERVER}/http/v1`, from('../../store/usage-store.ts')],
  [`${SERVER}/http`, from('fastify')],
  [`${SERVER}/identity`, scopeFrom('../domain/scope.ts')],
  [`${SERVER}/domain`, from('temporal-polyfill')],
  [`${SERVER}/domain`, from('./refusal.ts')],
  [`${SERVER}/config`, from('../domain/catalogue.ts')],
  ['packages/dashboard/src', from('@routemeter/client')],
  ['packages/dashboard/src/charts', from('uplot')],
  ['packages/dashboard/src/pages', from('../components/problem.tsx')],
  ['packages/cli/src', from('@routemeter/server')],
  ['packages/cli/src', from('@routemeter/server/sources')],
  ['packages/middleware/src', from('node:fs/promises')],
  ['packages/middleware/src/spool', from('../reports.ts')],
]

const planted = mkdtempSync(join(tmpdir(), 'import-rules-'))
let refusals: ReadonlyMap<string, string>

beforeAll(() => {
  copyFileSync(join(import.meta.dirname, '../biome.json'), join(planted, 'biome.json'))
  for (const [index, [folder, statement]] of [...FORBIDDEN, ...ALLOWED].entries()) {
    const path = join(planted, folder, `planted-${index}.ts`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, statement)
  }
  const biome = join(import.meta.dirname, '../node_modules/.bin/biome')
  const args = [
    'lint',
    '--only=style/noRestrictedImports',
    '--vcs-enabled=false',
    '--max-diagnostics=none',
    '--reporter=github',
  ]
  const run = spawnSync(biome, args, { cwd: planted, encoding: 'utf8' })
  refusals = refusalsByFile(`${run.stdout}${run.stderr}`)
})

afterAll(() => rmSync(planted, { recursive: true }))

test.each(FORBIDDEN.map((row, index) => [...row, index] as const))('in %s %s is refused', (...row) => {
  const [, , message, index] = row
  expect(refusals.get(`planted-${index}.ts`)).toContain(message)
})

test.each(ALLOWED.map((row, index) => [...row, index] as const))('in %s %s is allowed', (...row) => {
  expect(refusals.get(`planted-${FORBIDDEN.length + row[2]}.ts`)).toBeUndefined()
})

function from(specifier: string): string {
  return `import type {} from '${specifier}'\n`
}

function scopeFrom(specifier: string): string {
  return `import { makeScope } from '${specifier}'\nmakeScope([])\n`
}

/** Biome's GitHub reporter prints one line a diagnostic: `::error …,file=PATH,…::MESSAGE`. */
function refusalsByFile(report: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of report.split('\n')) {
    const name = /file=[^,]*?(planted-\d+\.ts)/.exec(line)?.[1]
    if (name !== undefined) found.set(name, `${found.get(name) ?? ''}${line}`)
  }
  return found
}
