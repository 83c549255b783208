import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BIN, ended, runCli } from '../packages/cli/src/cli-process.ts'
import { accessToken, type RunningServer, startRoutemeter } from './running-server.ts'

// `routemeter template …` as people run it, against a real server.
let server: RunningServer
let cwd: string
let env: Record<string, string>

beforeAll(async () => {
  server = await startRoutemeter()
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-templates-'))
  env = {
    ROUTEMETER_URL: server.url,
    ROUTEMETER_CLIENT_ID: server.clientId,
    ROUTEMETER_CLIENT_SECRET: server.clientSecret,
  }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(cwd, { recursive: true, force: true })
})
beforeEach(async () => {
  await template('delete', '--all')
})

const template = (...args: string[]) => runCli(['template', ...args], { env, cwd })
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length))
const YAML = 'openapi: 3.0.3\nservers: [{url: /api/v2}]\npaths:\n  /users/{userId}: {}\n  /users/me: {}\n'

async function send(paths: readonly string[], status = 200): Promise<void> {
  const token = await accessToken(server.url, server.clientId, server.clientSecret)
  const events = paths.map((path) => ({ time: Date.now(), method: 'GET', path, status }))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  expect(await answer.json()).toMatchObject({ accepted: paths.length })
}

test('templates are imported from a file, listed, tried and deleted', async () => {
  writeFileSync(join(cwd, 'openapi.yaml'), YAML)
  writeFileSync(join(cwd, 'openapi.json'), JSON.stringify({ swagger: '2.0', paths: { '/teams/{teamId}': {} } }))
  writeFileSync(join(cwd, 'routes.txt'), 'GET /files/*\n')
  const imported = await template('import', 'openapi.yaml')
  expect(imported).toMatchObject({ code: 0, stderr: '', stdout: 'added             2\ntotal             2\n' })
  const json = await template('import', 'openapi.json', '--prefix', '/gateway', '--json')
  expect(JSON.parse(json.stdout)).toEqual({ added: 1, total: 3 })
  expect((await template('import', 'routes.txt')).stdout).toContain('total             4\n')

  const listed = (await template('list')).stdout.split('\n').filter(Boolean)
  expect(listed.map((line) => JSON.parse(line).templateUri)).toEqual([
    'api/v2/users/me',
    'api/v2/users/{userId}',
    'files/{rest+}',
    'gateway/teams/{teamId}',
  ])
  const table = (await template('list', '--table')).stdout
  expect(table).toMatch(/^api\/v2\/users\/\{userId\} +\d{4}-\d\d-\d\d$/m)
  expect(table).toContain('\n4 templates\n')
  expect(widest(table)).toBeLessThanOrEqual(80)

  expect((await template('try', '/api/v2/users/7?x=1')).stdout).toBe(
    'path              api/v2/users/7\ntemplate          api/v2/users/{userId}\n',
  )
  expect((await template('try', '/x/7')).stdout).toContain('no template       x/{id}\n')
  expect(JSON.parse((await template('try', '/x/7', '--status', '404', '--json')).stdout)).toEqual({
    path: 'x/7',
    templateUri: '(unmatched)',
    matched: false,
  })
  expect((await template('delete', '/files/*')).stdout).toBe('deleted           /files/*\n')
  expect((await template('delete', '/files/*')).code).toBe(4)
  expect((await template('delete')).code).toBe(2)
  expect((await template('delete', '--all')).stdout).toBe('deleted           3\n')
})

test('templates are imported from standard input, and from an address that the CLI fetches', async () => {
  const child = spawn(process.execPath, [BIN, 'template', 'import', '-'], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
  })
  const end = ended(child)
  child.stdin.end('/from/:stdin\n')
  expect(await end).toMatchObject({ code: 0, stdout: 'added             1\ntotal             1\n' })

  const documents = createServer((request, response) => {
    if (request.url === '/openapi.yaml') response.end(YAML)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(documents, 'listening')
  const address = `http://127.0.0.1:${(documents.address() as AddressInfo).port}`
  expect((await template('import', `${address}/openapi.yaml`)).stdout).toContain('added             2\n')
  const missing = await template('import', `${address}/other`)
  expect(missing).toMatchObject({ code: 1, stdout: '' })
  expect(missing.stderr).toContain('cannot be fetched: the answer was 404')
  documents.close()
  documents.closeAllConnections()
  expect((await template('import', 'nowhere.yaml')).stderr).toContain('nowhere.yaml cannot be read: ENOENT')
  writeFileSync(join(cwd, 'bad.json'), '{"openapi": "3.0.0", "paths": {"/a": {"$ref": "a.json"}}}')
  const refused = await template('import', 'bad.json')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('a.json')
})

test('what no template fits is shown, and counted anew once there is one', async () => {
  const users = ['ann', 'bob', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'ida', 'jon']
  await send(['/orders/1', '/orders/2', ...users.map((name) => `/people/${name}`)])
  await send(['/.git/config'], 404)
  const rows = (await template('unmatched')).stdout.split('\n').filter(Boolean)
  expect(rows).toHaveLength(12)
  expect(JSON.parse(rows[0] ?? '')).toMatchObject({ shape: 'orders/{id}', calls: 2, example: 'orders/1' })
  const table = (await template('unmatched', '--table')).stdout
  expect(table).toMatch(/^ +2 +0 +orders\/\{id\} +orders\/1$/m)
  expect(table).toMatch(/^ +1 +1 +\.git\/config/m)
  expect(table).toContain('1 suggested template: see --suggestions')
  expect(widest(table)).toBeLessThanOrEqual(80)
  const suggested = (await template('unmatched', '--suggestions', '--table')).stdout
  expect(suggested).toMatch(/^ +10 +10 +people\/\{peopleId\} +ann, bob, cleo$/m)

  writeFileSync(join(cwd, 'routes.txt'), '/orders/:orderId\n/people/{name}\n')
  const imported = await template('import', 'routes.txt', '--re-resolve', '--json')
  const moved = JSON.parse(imported.stdout)
  expect(moved).toMatchObject({ added: 2, total: 2, calls: 12, left: [] })
  expect(moved.moved[0]).toEqual({ from: 'orders/{id}', to: 'orders/{orderId}', calls: 2 })
  expect((await template('unmatched')).stdout).toContain('.git/config')
  expect((await template('re-resolve', '--table')).stdout).toBe('Nothing was moved.\n')
})

test('the help fits in 80 columns', async () => {
  for (const command of ['import', 'list', 'unmatched', 'try', 're-resolve', 'delete']) {
    const { stdout, code } = await template(command, '--help')
    expect([command, code, widest(stdout) <= 80]).toEqual([command, 0, true])
  }
})
