import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN, runCli, startCli } from '../packages/cli/src/cli-process.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// Gives a program a terminal; it comes with every Linux distribution.
const TERMINAL = 'script'
const hasTerminal = process.platform === 'linux' && spawnSync(TERMINAL, ['--version']).status === 0

let server: RunningServer
let env: Record<string, string>
beforeAll(async () => {
  server = await startRoutemeter()
  const { url: ROUTEMETER_URL, clientId: ROUTEMETER_CLIENT_ID, clientSecret: ROUTEMETER_CLIENT_SECRET } = server
  env = { ROUTEMETER_URL, ROUTEMETER_CLIENT_ID, ROUTEMETER_CLIENT_SECRET }
})
afterAll(() => server[Symbol.asyncDispose]())

const call = (clientId: string, status = 200) => ({ time: Date.now(), clientId, method: 'GET', path: '/a', status })

test('in a pipe what was counted is a line of JSON for each group', async () => {
  const child = startCli(['live', '--by', 'clientid', '--filter', 'statusClass:4xx'], { env })
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const first = lines.next()
  // Whoever watches is told from some moment on: what was counted before it is not there.
  let isTold = false
  void first.then(() => {
    isTold = true
  })
  while (!isTold) await server.send([call('b'), call('a', 429)])
  const row = JSON.parse(String((await first).value)) as Record<string, unknown>
  expect(row).toMatchObject({ clientId: 'a', status200: 0, status500: 0, status429: row.requests })
  expect(Date.parse(String(row.time))).not.toBeNaN()
  child.kill('SIGINT')
  await once(child, 'exit')
})

test.runIf(hasTerminal)(
  'on a terminal it is a table that goes on, and cannot be steered by a client’s id',
  async () => {
    const command = `stty cols 80 rows 20; '${process.execPath}' '${BIN}' live`
    const child = spawn(TERMINAL, ['-qec', command, '/dev/null'], {
      cwd: tmpdir(),
      env: { PATH: process.env.PATH, TERM: 'dumb', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let screen = ''
    child.stdout.on('data', (chunk) => {
      screen = `${screen}${chunk}`.split('\u001b[H\u001b[J').at(-1) ?? ''
    })
    const shown =
      /^clientId +requests +2xx +3xx +4xx +429 +5xx\r\n(evil.*?) +[\d,]+ +[\d,]+ .*\r\n\r\n[\d,]+ calls since/m
    while (!shown.test(screen)) await server.send([call('evil\u0007\u001b[2J')])
    for (const control of ['\u0007', '\u001b']) expect(shown.exec(screen)?.[1]).not.toContain(control)
    for (const line of screen.split('\r\n')) expect(line.length).toBeLessThanOrEqual(80)
    child.kill('SIGTERM')
    await once(child, 'exit')
  },
)

test('wrong words are wrong usage that names the right ones', async () => {
  for (const args of [
    ['--by', 'colour'],
    ['--filter', 'colour:red'],
  ]) {
    const { code, stderr } = await runCli(['live', ...args], { env })
    expect([code, stderr]).toEqual([2, expect.stringContaining('is none of organizationId, clientId, clientName')])
  }
  expect(await runCli(['live', '--filter', 'red'], { env })).toMatchObject({ code: 2 })
  const wrong = { ...env, ROUTEMETER_CLIENT_SECRET: 'wrong' }
  expect(await runCli(['live'], { env: wrong })).toMatchObject({ code: 3, stdout: '' })
})
