import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureFirstClient } from '../../../../server/src/identity/first-client.ts'
import { openMetadata } from '../../../../server/src/metadata/database.ts'
import { runCli } from '../../cli-process.ts'

let cwd: string
let data: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-cli-'))
  data = join(cwd, 'data')
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const FIRST = { organization: { name: 'Demo' }, clientId: 'admin' }
const OLD_SECRET = 'the-old-secret-of-the-test'

/** Metadata as a first start leaves it; the usage file is not read by this command. */
async function installation(): Promise<void> {
  mkdirSync(data)
  writeFileSync(join(data, 'usage.duckdb'), '')
  await isFirstClientsSecret(OLD_SECRET)
}

async function isFirstClientsSecret(clientSecret: string): Promise<boolean> {
  const metadata = await openMetadata(join(data, 'metadata.sqlite'))
  try {
    const client = await ensureFirstClient(metadata, { ...FIRST, clientSecret }, Date.now())
    return client?.secretIs === 'given'
  } finally {
    await metadata.destroy()
  }
}

describe('routemeter client reset', () => {
  test('gives the first client a new secret, in a pipe through a file that only its owner can read', async () => {
    await installation()
    const { code, stdout, stderr } = await runCli(['client', 'reset', '--json'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    const path = join(data, 'client-secret')
    expect(JSON.parse(stdout)).toEqual({ clientId: 'admin', clientSecretFile: path })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const secret = readFileSync(path, 'utf8').trimEnd()
    expect(stdout).not.toContain(secret)
    expect([await isFirstClientsSecret(secret), await isFirstClientsSecret(OLD_SECRET)]).toEqual([true, false])
  })

  test('takes the client’s id and the data folder, and reads well', async () => {
    await installation()
    const { code, stdout } = await runCli(['client', 'reset', 'admin', '--data', data], { cwd: tmpdir() })
    expect([code, stdout]).toEqual([0, `clientId          admin\nclientSecretFile  ${join(data, 'client-secret')}\n`])
  })

  test('of a client that is not there changes nothing, exit code 4', async () => {
    await installation()
    const { code, stdout, stderr } = await runCli(['client', 'reset', 'nobody'], {
      cwd,
      env: { ROUTEMETER_DATA: 'data' },
    })
    expect([code, stdout]).toEqual([4, ''])
    expect(stderr).toContain('nobody')
    expect(await isFirstClientsSecret(OLD_SECRET)).toBe(true)
  })

  test('where there is no data says so and makes none', async () => {
    const { code, stderr } = await runCli(['client', 'reset'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toBe(`error: There is no Routemeter data in ${data}. Name the data folder with --data.\n`)
    expect(readdirSync(cwd)).toEqual([])
  })
})
