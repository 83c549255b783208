import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SILENT_LOG } from '../../domain/log.ts'
import { describeMovedTemplates } from '../moved-templates.contract.ts'
import { describeUsageStore, NOW } from '../usage-store.contract.ts'
import { openDuckDbStore } from './duckdb-store.ts'

function create() {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-store-'))
  const clock = { now: NOW }
  return {
    clock,
    open: (options = {}) =>
      openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => clock.now, log: SILENT_LOG, ...options }),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

describeUsageStore('DuckDB', create)
describeMovedTemplates('DuckDB', create)
