import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countsOf, logLine, logLines } from './ingest-files/access-log.ts'
import { ended, type Installation, install, summaryOf, until, WITHOUT_LIMITS } from './ingest-files/installation.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

// Exactly once, whatever is killed, rotated and restarted: every count is compared with one of the lines that were written.
let server: RunningServer
beforeAll(async () => {
  server = await startRoutemeter({ env: WITHOUT_LIMITS })
})
afterAll(() => server[Symbol.asyncDispose]())

let here: Installation
beforeEach(async () => {
  here = await install(server)
})
afterEach(() => here[Symbol.asyncDispose]())

const path = (name: string) => join(here.folder, name)
const STATE = '.local/state/routemeter/ingest'
const GARBAGE = 'no line of a log\n'

/** How far the state says that reading is. */
function savedPosition(): number {
  if (!existsSync(path(STATE))) return 0
  const files = readdirSync(path(STATE)).filter((name) => /^\w+\.\w+\.json$/.test(name))
  const positions = files.map((name) => JSON.parse(readFileSync(path(join(STATE, name)), 'utf8')).position as number)
  return Math.max(0, ...positions)
}

/** Starts it, and kills it once the state is further than that. */
async function killedBehind(args: readonly string[], position: number): Promise<void> {
  const child = here.start(args)
  child.stdin?.end()
  const gone = once(child, 'exit')
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  await until(async () => isGone || savedPosition() >= position)
  child.kill('SIGKILL')
  await gone
}

test('a file of 200,000 lines counts exactly once, however often its reader is killed', async () => {
  const lines = 200_000
  const text = logLines(0, lines)
  writeFileSync(path('access.log'), text + GARBAGE)
  for (let kill = 0; kill < 6; kill++) {
    // At the start, before anything was saved, and behind random places; the last one reads again what was read.
    await killedBehind(['access.log'], kill === 0 ? 0 : savedPosition() + Math.floor(Math.random() * text.length * 0.2))
  }
  const end = await here.ingest(['access.log'])
  expect([end.code, end.stderr]).toEqual([0, expect.stringContaining('taken for nginx')])
  expect(await here.counts()).toEqual(countsOf(0, lines))
  expect(readFileSync(path('access.log.rejected'), 'utf8').trimEnd().split('\n')).toHaveLength(1)
}, 120_000)

test('^C ends it with 130, with a summary, and what was counted is known', async () => {
  writeFileSync(path('access.log'), logLines(0, 200_000))
  const child = here.start(['access.log'])
  const end = ended(child)
  await until(async () => savedPosition() > 0)
  child.kill('SIGINT')
  const { code, stdout, stderr } = await end
  expect(code).toBe(130)
  const interrupted = summaryOf({ code, stdout, stderr })
  expect(interrupted).toMatchObject({ read: interrupted.accepted, rejected: 0 })
  const rest = summaryOf(await here.ingest(['access.log']))
  expect(Number(rest.accepted) + Number(interrupted.accepted)).toBe(200_000)
  expect(await here.counts()).toEqual(countsOf(0, 200_000))
}, 60_000)

describe('a log that is followed', () => {
  /** Writes lines while it is followed, and does this to the file now and then. */
  async function writeThrough(rotate: (rotation: number) => void, options: { kill: boolean }): Promise<void> {
    const [rotations, each] = [5, 2_000]
    writeFileSync(path('access.log'), '')
    let child = here.start(['access.log', '--follow'])
    let number = 0
    let fileStart = 0
    for (let rotation = 0; rotation < rotations; rotation++) {
      for (let part = 0; part < 10; part++) {
        appendFileSync(path('access.log'), logLines(number, number + each / 10))
        number += each / 10
        // Some of it has been read when the file goes, some has not.
        if (part === 5) await until(async () => (await here.total()) > fileStart)
      }
      if (options.kill && rotation % 2 === 1) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      rotate(rotation)
      fileStart = number
      appendFileSync(path('access.log'), logLines(number, number + 100))
      number += 100
      if (options.kill && rotation % 2 === 1) child = here.start(['access.log', '--follow'])
    }
    // A line that has no end yet is waited for.
    const last = logLine(number)
    appendFileSync(path('access.log'), last.slice(0, 50))
    await until(async () => (await here.total()) >= number)
    appendFileSync(path('access.log'), last.slice(50))
    number++
    await until(async () => (await here.total()) >= number)
    const end = ended(child)
    child.kill('SIGTERM')
    expect((await end).code).toBe(0)
    expect(await here.counts()).toEqual(countsOf(0, number))
    expect(readdirSync(here.folder).filter((name) => name.endsWith('.rejected'))).toEqual([])
    // Nothing is left to be read, in what became of the old files either.
    expect(summaryOf(await here.ingest(['access.log*', '--format', 'auto']))).toMatchObject({ accepted: 0 })
  }

  const move = (rotation: number) => {
    renameSync(path('access.log'), path(`access.log.${rotation}`))
    writeFileSync(path('access.log'), '')
  }
  const copyAndTruncate = (rotation: number) => {
    copyFileSync(path('access.log'), path(`access.log.${rotation}`))
    truncateSync(path('access.log'))
  }
  const moveAndZip = (rotation: number) => {
    move(rotation)
    writeFileSync(path(`access.log.${rotation}.gz`), gzipSync(readFileSync(path(`access.log.${rotation}`))))
    unlinkSync(path(`access.log.${rotation}`))
  }

  test.each([
    ['by rename', move, false],
    ['by copying and emptying it', copyAndTruncate, false],
    ['by rename, killed while that happens', move, true],
    ['by copying and emptying it, killed while that happens', copyAndTruncate, true],
    ['by rename and gzip, killed while that happens', moveAndZip, true],
  ] as const)(
    'is rotated under load with no line lost or doubled: %s',
    async (_, rotate, kill) => {
      await writeThrough(rotate, { kill })
    },
    120_000,
  )

  test('is waited for where there is none yet', async () => {
    const child = here.start(['later.log', '--follow', '--format', 'nginx'])
    const end = ended(child)
    // It takes its time to start; that it then reads shows that it waited.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(child.exitCode).toBe(null)
    writeFileSync(path('later.log'), logLines(0, 10))
    await until(async () => (await here.total()) === 10)
    child.kill('SIGTERM')
    expect(summaryOf(await end)).toMatchObject({ read: 10, accepted: 10 })
  })

  test('may be one of several, compressed ones among them, which are read once', async () => {
    writeFileSync(path('access.log'), logLines(1_000, 1_010))
    writeFileSync(path('access.log.1.gz'), gzipSync(logLines(0, 1_000)))
    const child = here.start(['access.log*', '--follow'])
    const end = ended(child)
    await until(async () => (await here.total()) === 1_010)
    appendFileSync(path('access.log'), logLines(1_010, 1_020))
    await until(async () => (await here.total()) === 1_020)
    child.kill('SIGTERM')
    expect(summaryOf(await end)).toMatchObject({ read: 1_020, accepted: 1_020 })
  })

  test('goes to a file that was replaced while nobody looked', async () => {
    writeFileSync(path('access.log'), logLines(0, 10))
    await here.ingest(['access.log', '--format', 'nginx'])
    appendFileSync(path('access.log'), logLines(10, 20))
    renameSync(path('access.log'), path('access-20261001.log'))
    writeFileSync(path('access.log'), logLines(20, 30))
    const child = here.start(['access.log', '--follow', '--format', 'nginx'])
    const end = ended(child)
    await until(async () => (await here.total()) === 30)
    child.kill('SIGTERM')
    expect((await end).code).toBe(0)
    expect(await here.counts()).toEqual(countsOf(0, 30))
  })
})
