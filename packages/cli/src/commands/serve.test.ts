import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliOptions, ended, ON_OLD_NODE, runCli, startCli } from '../cli-process.ts'

const CREDENTIALS = {
  ROUTEMETER_CLIENT_ID: 'admin',
  ROUTEMETER_CLIENT_SECRET: 'a-secret-that-is-long-enough',
  ROUTEMETER_LOG_LEVEL: 'warn',
}

let cwd: string
let children: ChildProcess[]
beforeEach(() => {
  children = []
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-'))
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(cwd, { recursive: true, force: true, maxRetries: 5 })
})

/** `routemeter serve` in a folder of its own, once it says that it listens. */
async function serving(options: CliOptions = {}): Promise<{ child: ChildProcess; url: string }> {
  const child = startCli(['serve', '--port', '0'], { env: CREDENTIALS, cwd, ...options })
  children.push(child)
  if (child.stdout === null) throw new Error('the output is not a pipe')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^routemeter listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { child, url }
  }
  throw new Error('the server ended before it listened')
}

describe('routemeter serve', () => {
  test('answers `routemeter query` with the same credentials, and ends with 0 on SIGTERM', async () => {
    const { child, url } = await serving()
    const query = await runCli(['query'], { env: { ...CREDENTIALS, ROUTEMETER_URL: url }, cwd })
    expect(query).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    const wrong = { ...CREDENTIALS, ROUTEMETER_CLIENT_SECRET: 'another-secret-altogether', ROUTEMETER_URL: url }
    expect((await runCli(['query'], { env: wrong, cwd })).code).toBe(3)
    const badInterval = await runCli(['query', '--interval', '2020-02-30', '--url', url], { env: CREDENTIALS, cwd })
    expect(badInterval.code).toBe(2)
    expect(badInterval.stderr).toMatch(/^error: .*2020-02-30.*\n\(invalid\.date, status 400, correlation id \S+\)\n$/)
    child.kill('SIGTERM')
    expect(await ended(child)).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  test('started by an older Node ends with 0 too when it is told twice at once, as by Ctrl-C in a terminal', async () => {
    const { child } = await serving(ON_OLD_NODE)
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended(child)).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  test('with one wrong setting does not start, and says so in one line', async () => {
    const { code, stdout, stderr } = await runCli(['serve', '--port', '99999'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe('error: --port must be a whole number from 0 to 65535, not "99999"\n')
  })

  test('on a damaged data folder says so in one line', async () => {
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data', 'routemeter.json'), '{"format": 1}')
    const { code, stderr } = await runCli(['serve', '--port', '0'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: The data folder .* is damaged: .*\n$/)
  })

  test('where another program listens says so in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const options = { cwd, env: { ROUTEMETER_LOG_LEVEL: 'warn' } }
    const { code, stderr } = await runCli(['serve', '--port', String(port)], options)
    other.close()
    expect([code, stderr]).toEqual([
      1,
      `error: cannot listen on 127.0.0.1:${port}: something listens there already; choose another place with --port\n`,
    ])
  })
})
