import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../cli-process.ts'

const SECRET = 'a-secret-that-is-long-enough'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

interface Row {
  readonly setting: string
  readonly value: unknown
  readonly from: string
}

async function configRows(args: readonly string[], env: Record<string, string> = {}): Promise<Map<string, Row>> {
  const { code, stdout, stderr } = await runCli(['config', ...args], { env, cwd })
  expect([code, stderr]).toEqual([0, ''])
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))
  return new Map(rows.map((row) => [row.setting, row]))
}

describe('routemeter config', () => {
  test('says in a pipe, a line of JSON each, what every setting is and where it came from', async () => {
    writeFileSync(
      join(cwd, 'routemeter.config.json'),
      '{"port": 1, "dedupeDays": 7, "corsOrigins": ["https://a.example"]}',
    )
    const rows = await configRows(['--port', '3'], { ROUTEMETER_PORT: '2', ROUTEMETER_HOST: 'localhost' })
    expect(rows.get('port')).toEqual({ setting: 'port', value: 3, from: '--port' })
    expect(rows.get('host')).toEqual({ setting: 'host', value: 'localhost', from: 'ROUTEMETER_HOST' })
    const file = join(cwd, 'routemeter.config.json')
    expect(rows.get('dedupeDays')).toEqual({ setting: 'dedupeDays', value: 7, from: file })
    expect(rows.get('corsOrigins')?.value).toEqual(['https://a.example'])
    expect(rows.get('data')).toEqual({ setting: 'data', value: join(cwd, 'data'), from: 'default' })
  })

  test('understands switches in both forms, and lists', async () => {
    const on = await configRows([
      '--demo',
      '--no-demo-traffic',
      '--cors-origins',
      'https://a.example,https://b.example',
    ])
    expect([on.get('demo')?.value, on.get('demoTraffic')?.value]).toEqual([true, false])
    expect(on.get('corsOrigins')?.value).toEqual(['https://a.example', 'https://b.example'])
    const env = { ROUTEMETER_DEMO: 'true', ROUTEMETER_DEMO_TRAFFIC: 'false' }
    const off = await configRows(['--no-demo', '--demo-traffic', '--cors-origins', 'https://a.example'], env)
    expect([off.get('demo')?.value, off.get('demoTraffic')?.value]).toEqual([false, true])
    const repeated = await configRows(['--cors-origins', 'https://a.example', '--cors-origins', 'https://b.example'])
    expect(repeated.get('corsOrigins')?.value).toEqual(['https://a.example', 'https://b.example'])
    const none = await configRows([])
    expect([none.get('demo')?.from, none.get('demoTraffic')?.from]).toEqual(['default', 'default'])
  })

  test('never shows a secret, whatever it prints', async () => {
    const env = { ROUTEMETER_CLIENT_ID: 'admin', ROUTEMETER_CLIENT_SECRET: SECRET }
    for (const flag of ['--json', '--table']) {
      const { code, stdout, stderr } = await runCli(['config', flag], { env, cwd })
      expect(code).toBe(0)
      expect(stdout).toContain('(hidden)')
      expect(stdout + stderr).not.toContain(SECRET)
    }
  })

  test('shows a list of objects as JSON in its table', async () => {
    const issuer = '{"issuer":"https://a.example","audience":"u","organizations":["acme"],"maxPermissions":[]}'
    const { stdout } = await runCli(['config', '--table', '--issuers', `[${issuer}]`], { cwd })
    expect(stdout).toMatch(/^issuers +\[\{"issuer":".* --issuers$/m)
  })

  test('is a table of 80 columns on request', async () => {
    const { stdout } = await runCli(['config', '--table', '--data', join(cwd, 'x'.repeat(100))], { cwd })
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^setting +value +from$/)
    expect(lines).toContainEqual(expect.stringMatching(/^port +8787 +default$/))
    expect(lines).toContainEqual(expect.stringMatching(/^data +\/.*….*x +--data$/))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('names every wrong setting at once, as wrong usage', async () => {
    const env = { ROUTEMETER_PROT: '1', ROUTEMETER_POSTGRES_URL: 'postgres://u:p@h/d' }
    const { code, stdout, stderr } = await runCli(['config', '--dedupe-days', '0'], { env, cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trimEnd().split('\n')).toEqual([
      'error: 3 settings cannot be used:',
      '  ROUTEMETER_PROT is no setting; did you mean ROUTEMETER_PORT?',
      '  ROUTEMETER_POSTGRES_URL cannot be used: this version of Routemeter has only the embedded engine, leave it out',
      '  --dedupe-days must be a whole number from 1 to 3650, not "0"',
    ])
  })
})
