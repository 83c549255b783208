import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byKey, FEBRUARY_2020, februaryEvents, type PlatformRow } from './feb2020.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// The seed is a page of the Python SDK: its oldest release on PyPI that has UsageApi, and a new one. tests/python/install.sh
// makes the environments; without them the tests are skipped, but never under CI.
const RELEASES = ['88.0.0', '269.0.0']
const pythonOf = (release: string) => join(import.meta.dirname, `python/.venv-${release}/bin/python`)
const installed = RELEASES.every((release) => existsSync(pythonOf(release)))

describe.skipIf(!installed && process.env.CI === undefined)('the platform’s Python SDK', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startRoutemeter()
    await server.send(februaryEvents())
  })

  afterAll(() => server[Symbol.asyncDispose]())

  test.each(RELEASES)('%s gets the 128 real rows, field by field', async (release) => {
    const args = [join(import.meta.dirname, 'python/seed_query.py'), server.url, server.clientId, server.clientSecret]
    const { stdout } = await promisify(execFile)(pythonOf(release), args)
    const { rows } = JSON.parse(stdout) as { rows: readonly PlatformRow[] }
    expect(rows.toSorted(byKey)).toEqual(FEBRUARY_2020.toSorted(byKey))
  })
})
