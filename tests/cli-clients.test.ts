import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN, ended, runCli } from '../packages/cli/src/cli-process.ts'
import { accessToken, type RunningServer, startRoutemeter } from './running-server.ts'

// Gives a program a terminal; it comes with every Linux distribution.
const TERMINAL = 'script'
const hasTerminal = process.platform === 'linux' && spawnSync(TERMINAL, ['--version']).status === 0

// `routemeter client …` as people run it, against a real server.
let server: RunningServer
let cwd: string
let env: Record<string, string>

beforeAll(async () => {
  server = await startRoutemeter()
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-clients-'))
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

const client = (...args: string[]) => runCli(['client', ...args], { env, cwd })

test('a client is made, listed, shown, changed, given a new secret and deleted', async () => {
  const made = await client('create', 'Reports', '--permissions', 'usage:organization:view,oauth:client:view', '--json')
  expect([made.code, made.stderr]).toEqual([0, ''])
  const { id, secretFile, ...rest } = JSON.parse(made.stdout)
  expect(rest).toMatchObject({ name: 'Reports', permissions: ['usage:organization:view', 'oauth:client:view'] })
  expect(secretFile).toBe(join(cwd, `client-${id}.secret`))
  expect(statSync(secretFile).mode & 0o777).toBe(0o600)
  const secret = readFileSync(secretFile, 'utf8').trimEnd()
  expect(made.stdout).not.toContain(secret)
  const own = {
    ...env,
    ROUTEMETER_CLIENT_ID: id,
    ROUTEMETER_CLIENT_SECRET_FILE: secretFile,
    ROUTEMETER_CLIENT_SECRET: '',
  }

  const list = await runCli(['client', 'list'], { env: own, cwd })
  expect(
    list.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).id),
  ).toEqual([server.clientId, id])
  const table = await runCli(['client', 'list', '--table'], { env: own, cwd })
  expect(table.stdout).toMatch(new RegExp(`^Reports +${id} +active +\\d{4}-\\d\\d-\\d\\d$`, 'm'))
  expect(Math.max(...table.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)

  const changed = await client(
    'update',
    id,
    '--name',
    'Weekly',
    '--description',
    'on Mondays',
    '--token-seconds',
    '300',
  )
  expect([changed.code, changed.stderr]).toEqual([0, ''])
  const shown = await client('show', id)
  expect(shown.stdout).toBe(changed.stdout)
  expect(shown.stdout).toContain(`id                ${id}\nname              Weekly\ndescription       on Mondays\n`)
  expect(shown.stdout).toContain('permissions       usage:organization:view, oauth:client:view\n')

  const renewed = await client('secret', id, '--secret-file', 'new.secret', '--json')
  expect(JSON.parse(renewed.stdout)).toMatchObject({ id, secretFile: join(cwd, 'new.secret') })
  await expect(accessToken(server.url, id, secret)).rejects.toThrow('401')
  await accessToken(server.url, id, readFileSync(join(cwd, 'new.secret'), 'utf8').trimEnd())

  expect(await client('delete', id)).toMatchObject({ code: 0, stdout: `deleted           ${id}\n` })
  expect((await client('show', id)).code).toBe(4)
  expect(readdirSync(cwd).sort()).toEqual([`client-${id}.secret`, 'new.secret'])
})

test('what the server refuses ends with its words and exit code, and leaves no file', async () => {
  const files = readdirSync(cwd)
  const weak = JSON.parse(
    (await client('create', 'Weak', '--permissions', '', '--secret-file', 'weak.secret', '--json')).stdout,
  )
  expect(weak.permissions).toEqual([])
  rmSync(join(cwd, 'weak.secret'))
  const attempts = [
    [['show', 'nobody'], 4, 'nobody'],
    [['secret', 'nobody'], 4, 'nobody'],
    [['delete', server.clientId], 1, 'last that can edit clients'],
    [['create', 'x', '--permissions', 'usage:all'], 2, 'usage:all'],
    [['create', 'x', '--grant', 'magic'], 2, 'CLIENT-CREDENTIALS'],
    [['update', weak.id, '--token-seconds', '1'], 2, '300 to 172800'],
  ] as const
  for (const [args, code, words] of attempts) {
    const ended = await client(...args)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(ended.stderr).toContain(words)
  }
  const wrong = { ...env, ROUTEMETER_CLIENT_SECRET: 'wrong' }
  expect((await runCli(['client', 'list'], { env: wrong, cwd })).code).toBe(3)
  expect(readdirSync(cwd)).toEqual(files)
})

test('a secret that could not be kept is not made', async () => {
  writeFileSync(join(cwd, 'file'), '')
  const before = JSON.parse((await client('list', '--json')).stdout.split('\n')[0] ?? '')
  const ended = await client('secret', server.clientId, '--secret-file', 'file/new.secret')
  expect([ended.code, ended.stdout]).toEqual([1, ''])
  expect(ended.stderr).toContain('nothing was changed')
  expect(JSON.parse((await client('show', server.clientId, '--json')).stdout)).toEqual(before)
})

test.runIf(hasTerminal)('on a terminal the secret is printed and kept nowhere', async () => {
  const files = readdirSync(cwd)
  const child = spawn(TERMINAL, ['-qec', `'${process.execPath}' '${BIN}' client create Eyes`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'dumb', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { stdout } = await ended(child)
  const field = (name: string) => new RegExp(`^${name} +(\\S+)\r?$`, 'm').exec(stdout)?.[1] ?? ''
  expect(await accessToken(server.url, field('id'), field('secret'))).not.toBe('')
  expect(readdirSync(cwd)).toEqual(files)
})
