import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countsOf, logLines } from './ingest-files/access-log.ts'
import { ended, type Installation, install, summaryOf, until, WITHOUT_LIMITS } from './ingest-files/installation.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

let data: string
let server: RunningServer
let here: Installation
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'routemeter-ingest-data-'))
  server = await startRoutemeter({ data, env: WITHOUT_LIMITS })
  here = await install(server)
})
afterEach(async () => {
  await here[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
})

async function killServer(): Promise<void> {
  const gone = once(server.process, 'exit')
  server.process.kill('SIGKILL')
  await gone
}

test('a server that is killed and comes back is waited for, and every line counts once', async () => {
  const lines = 100_000
  writeFileSync(join(here.folder, 'access.log'), logLines(0, lines))
  const child = here.start(['access.log', '--wait', '60'])
  const end = ended(child)
  await until(async () => (await here.total()) > 0)
  await killServer()
  server = await startRoutemeter({ data, env: WITHOUT_LIMITS, args: ['--port', String(server.port)] })
  const { code, stdout, stderr } = await end
  expect(code).toBe(0)
  expect(stderr).toMatch(/cannot be reached: .*; trying again for up to 1 min 0 s\nthe server answers again\n/)
  const summary = summaryOf({ code, stdout, stderr })
  expect(Number(summary.accepted) + Number(summary.duplicates)).toBe(lines)
  expect(await here.counts()).toEqual(countsOf(0, lines))
}, 60_000)

test('without a server it ends with exit code 5 at once, or after --wait, and goes on where it was', async () => {
  writeFileSync(join(here.folder, 'access.log'), logLines(0, 10))
  await killServer()
  const none = await here.ingest(['access.log'])
  expect(none.code).toBe(5)
  expect(none.stderr).toContain('cannot be reached: connect ECONNREFUSED')
  expect(none.stderr).not.toContain('trying again')
  const waited = await here.ingest(['access.log', '--wait', '2'])
  expect(waited.code).toBe(5)
  expect(waited.stderr).toContain('trying again for up to 2 s')
  server = await startRoutemeter({ data, env: WITHOUT_LIMITS, args: ['--port', String(server.port)] })
  expect(summaryOf(await here.ingest(['access.log']))).toMatchObject({ read: 10, accepted: 10 })
}, 60_000)

test('with credentials that are not taken it ends with exit code 3', async () => {
  writeFileSync(join(here.folder, 'access.log'), logLines(0, 10))
  const end = await here.ingest(['access.log', '--client-id', 'nobody'])
  expect(end.code).toBe(3)
  expect(await here.total()).toBe(0)
})
