import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIN, ended, isOld, ON_OLD_NODE, oldNode, runCli, startCli } from './cli-process.ts'

const LAUNCH = fileURLToPath(new URL('../bin/launch.js', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-launcher-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A script in the launched one's place, so that a test sees signals and ends as any command would. */
function startLaunched(script: string): ReturnType<typeof spawn> {
  const target = join(folder, 'target.mjs')
  const starter = join(folder, 'starter.mjs')
  writeFileSync(target, script)
  writeFileSync(
    starter,
    `import { findNode, launch } from ${JSON.stringify(LAUNCH)}
     launch(findNode() ?? ${JSON.stringify(process.execPath)}, new URL('./target.mjs', import.meta.url), process.argv.slice(2))`,
  )
  return spawn(oldNode ?? process.execPath, [starter, 'a b', '--c'], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The next piece of output. */
async function heard(child: ReturnType<typeof spawn>): Promise<string> {
  if (child.stdout === null) throw new Error('the output is not a pipe')
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data')
  return text
}

describe('the launcher', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on, and the exit code back', async (signal) => {
    const child = startLaunched(
      `process.on('${signal}', () => { console.log('got ${signal}'); process.exit(7) })
       setInterval(() => {}, 1000); console.log('ready')`,
    )
    expect(await heard(child)).toBe('ready\n')
    child.kill(signal)
    expect(await ended(child)).toMatchObject({ code: 7, signal: null, stdout: `got ${signal}\n` })
  })

  test('ends by the signal that ended what it runs', async () => {
    const child = startLaunched(`process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`)
    expect(await ended(child)).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  test('hands over the arguments as they are, on a Node that is new enough', async () => {
    const { stdout, code } = await ended(
      startLaunched('console.log(JSON.stringify([process.argv.slice(2), process.versions.node]))'),
    )
    const [args, version] = JSON.parse(stdout)
    expect([args, isOld(`v${version}`), code]).toEqual([['a b', '--c'], false, 0])
  })
})

describe.skipIf(oldNode === undefined)('routemeter on an older Node', () => {
  test('answers and ends as on its own', async () => {
    expect(await runCli(['--version'], ON_OLD_NODE)).toEqual(await runCli(['--version']))
    expect(await runCli(['config', '--port', 'x'], ON_OLD_NODE)).toEqual(await runCli(['config', '--port', 'x']))
  })

  test('leaves no process behind when it is killed', async () => {
    // A query that waits for its answer for ever: the open connection shows that the process still lives.
    const connected = Promise.withResolvers<Socket>()
    const silent = createServer((request) => connected.resolve(request.socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const env = {
      ROUTEMETER_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      ROUTEMETER_CLIENT_ID: 'id',
      ROUTEMETER_CLIENT_SECRET: 'secret',
    }
    const launcher = startCli(['query'], { ...ON_OLD_NODE, env, cwd: folder })
    const socket = await connected.promise
    const closed = once(socket, 'close')
    launcher.kill('SIGKILL')
    await closed
    silent.close()
  })

  test('says in one line what it needs where no newer Node came with it', async () => {
    cpSync(join(BIN, '..'), join(folder, 'bin'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const child = spawn(oldNode ?? '', [join(folder, 'bin', 'routemeter.js')], { stdio: ['ignore', 'pipe', 'pipe'] })
    const { code, stdout, stderr } = await ended(child)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error: Routemeter needs Node 24\.18 or newer and this is [\d.]+: .*\n$/)
  })
})
