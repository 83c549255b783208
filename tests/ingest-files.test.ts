import {
  appendFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countsOf, logLine, logLines } from './ingest-files/access-log.ts'
import { type Installation, install, summaryOf, WITHOUT_LIMITS } from './ingest-files/installation.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

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
const write = (name: string, content: string | Buffer) => writeFileSync(path(name), content)
const GARBAGE = 'GET /secret?token=abc Authorization: Bearer xyz\n'

describe('files', () => {
  test('of every wrapping and by pattern count once each, byte-identical lines too, and never again', async () => {
    write('a.log', logLines(0, 1_000))
    write('b.log.gz', gzipSync(logLines(1_000, 2_000)))
    // Its name says nothing of its content.
    write('c.log', zstdCompressSync(logLines(2_000, 3_000)))
    const first = await here.ingest(['*.log*'])
    expect(first.code).toBe(0)
    expect(summaryOf(first)).toEqual({
      read: 3_000,
      accepted: 3_000,
      duplicates: 0,
      rejected: 0,
      reasons: {},
      unmatched: 3_000,
    })
    expect(first.stderr).toMatch(/a\.log: taken for nginx\n.*b\.log\.gz: taken for nginx\n.*c\.log: taken for nginx\n/)
    expect(await here.counts()).toEqual(countsOf(0, 3_000))
    expect(summaryOf(await here.ingest(['*.log*']))).toMatchObject({ read: 0, accepted: 0 })
    expect(summaryOf(await here.ingest(['*.log*', '--again']))).toMatchObject({ read: 3_000, duplicates: 3_000 })
    rmSync(path('.local'), { recursive: true })
    expect(summaryOf(await here.ingest(['*.log*']))).toMatchObject({ read: 3_000, duplicates: 3_000, accepted: 0 })
  })

  test('that are alike and both there are two files', async () => {
    write('a.log', logLines(0, 10))
    write('b.log', logLines(0, 10))
    expect(summaryOf(await here.ingest(['a.log', 'b.log', 'a.log']))).toMatchObject({ read: 20, accepted: 20 })
  })

  test('are read on from where they were left, also in the middle of a line', async () => {
    const [line = '', start = ''] = [logLine(100), logLine(100).slice(0, 40)]
    write('a.log', logLines(0, 100) + start)
    // The input has ended: what stands there is a line, if no good one.
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ read: 101, accepted: 100, rejected: 1 })
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ read: 0 })
    appendFileSync(path('a.log'), line.slice(40) + logLines(101, 150) + logLine(150).trimEnd())
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ read: 51, accepted: 51 })
    appendFileSync(path('a.log'), `\n${logLines(151, 160)}`)
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ read: 10, accepted: 9, duplicates: 1 })
    expect(await here.counts()).toEqual(countsOf(0, 160))
  })

  test('keep their identity through rename, gzip and back', async () => {
    write('access.log', logLines(0, 500))
    await here.ingest(['access.log'])
    appendFileSync(path('access.log'), logLines(500, 600))
    renameSync(path('access.log'), path('access.log.1'))
    write('access.log', logLines(600, 700))
    // What was written before the rotation and after the last run is found by its inode.
    expect(summaryOf(await here.ingest(['access.log']))).toMatchObject({ read: 200, accepted: 200 })
    write('access.log.1.gz', gzipSync(readFileSync(path('access.log.1'))))
    expect(summaryOf(await here.ingest(['access.log*']))).toMatchObject({ read: 0 })
    unlinkSync(path('access.log.1'))
    expect(summaryOf(await here.ingest(['access.log*']))).toMatchObject({ read: 0 })
    write('unpacked.log', logLines(0, 600))
    unlinkSync(path('access.log.1.gz'))
    expect(summaryOf(await here.ingest(['unpacked.log']))).toMatchObject({ read: 0 })
    expect(await here.counts()).toEqual(countsOf(0, 700))
  })

  test('first seen compressed are known when they are unpacked', async () => {
    write('a.log.gz', gzipSync(logLines(0, 300)))
    await here.ingest(['a.log.gz'])
    write('a.log', logLines(0, 300))
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ read: 0 })
    expect(await here.total()).toBe(300)
  })

  test('that are copied and emptied are two from then on, even when they begin with the same line', async () => {
    write('access.log', logLines(0, 300))
    await here.ingest(['access.log'])
    appendFileSync(path('access.log'), logLines(300, 400))
    write('access.log.1', readFileSync(path('access.log')))
    write('access.log', logLines(0, 200))
    const inode = statSync(path('access.log')).ino
    expect(summaryOf(await here.ingest(['access.log']))).toMatchObject({ read: 300, accepted: 300 })
    expect(statSync(path('access.log')).ino).toBe(inode)
    expect(summaryOf(await here.ingest(['access.log*']))).toMatchObject({ read: 0 })
    expect(await here.total()).toBe(600)
  })

  test('that are read with other options are read again, and what was counted stays as it is', async () => {
    write('a.log', logLines(0, 50))
    expect(summaryOf(await here.ingest(['a.log', '--format', 'native']))).toMatchObject({ rejected: 50 })
    expect(summaryOf(await here.ingest(['a.log', '--format', 'nginx']))).toMatchObject({ accepted: 50 })
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ duplicates: 50, accepted: 0 })
  })

  test('that are cut off or not there are told, and the others count', async () => {
    write('a.log.gz', gzipSync(logLines(0, 20_000)).subarray(0, -500))
    write('b.log', logLines(0, 10))
    const cut = await here.ingest(['a.log.gz', 'b.log'])
    expect(cut.code).toBe(1)
    expect(cut.stderr).toContain('a.log.gz: the gzip content is damaged or cut')
    expect(Number(summaryOf(cut).accepted)).toBeGreaterThan(10)
    const missing = await here.ingest(['b.log', 'no.log'])
    expect([missing.code, missing.stdout]).toEqual([4, ''])
    expect(missing.stderr).toBe('error: no.log: there is no such file\n')
  })

  test('leave a state that only their owner can read, where the XDG specification and --state say', async () => {
    write('a.log', logLines(0, 10))
    await here.ingest(['a.log'])
    expect(statSync(path('.local/state/routemeter/ingest')).mode & 0o777).toBe(0o700)
    await here.ingest(['a.log', '--state', 'elsewhere'])
    expect(existsSync(path('elsewhere'))).toBe(true)
    expect(await here.total()).toBe(10)
  })

  test('may have several names', async () => {
    write('a.log', logLines(0, 10))
    linkSync(path('a.log'), path('b.log'))
    expect(summaryOf(await here.ingest(['a.log', 'b.log']))).toMatchObject({ accepted: 10 })
  })
})

describe('lines that do not count', () => {
  const rejects = (name = 'a.log.rejected') =>
    readFileSync(path(name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; reason: string; text: string })

  test('are kept beside their file with line and reason, without secrets, once', async () => {
    write('a.log', `${logLines(0, 3) + GARBAGE}\r\n\n${logLines(3, 5)}${GARBAGE}`)
    const end = await here.ingest(['a.log', '--json'])
    expect([end.code, summaryOf(end)]).toMatchObject([
      0,
      { read: 7, accepted: 5, rejected: 2, reasons: { 'bad.request': 2 } },
    ])
    expect(rejects()).toEqual([
      { line: 4, reason: expect.stringContaining('combined'), text: expect.not.stringMatching(/abc|xyz/) },
      { line: 9, reason: expect.any(String), text: expect.not.stringMatching(/abc|xyz/) },
    ])
    expect(statSync(path('a.log.rejected')).mode & 0o777).toBe(0o600)
    const before = readFileSync(path('a.log.rejected'))
    await here.ingest(['a.log', '--again'])
    rmSync(path('.local'), { recursive: true })
    await here.ingest(['a.log'])
    expect(readFileSync(path('a.log.rejected'))).toEqual(before)
    expect((await here.ingest(['a.log', '--again', '--strict'])).code).toBe(1)
  })

  test('because the server refuses them are all told, not only the first hundred of a body', async () => {
    const ahead = new Date(Date.now() + 3_600_000).toISOString()
    const event = (id: number, time: string) =>
      `${JSON.stringify({ id: `e-${id}`, time, method: 'GET', path: '/x', status: 200 })}\n`
    const good = new Date().toISOString()
    let text = ''
    for (let id = 0; id < 1_000; id++) text += event(id, id % 3 === 0 ? ahead : good)
    write('a.log', text)
    const end = await here.ingest(['a.log', '--format', 'native'])
    expect(summaryOf(end)).toMatchObject({
      read: 1_000,
      accepted: 666,
      rejected: 334,
      reasons: { 'invalid.date (time)': 334 },
    })
    expect(rejects().map(({ line }) => line)).toEqual(Array.from({ length: 334 }, (_, index) => 3 * index + 1))
  })

  test('of more than a mebibyte are none, and the next line counts', async () => {
    write('a.log', `${logLine(0)}${'x'.repeat(3 << 20)}\n${logLine(1)}`)
    expect(summaryOf(await here.ingest(['a.log']))).toMatchObject({ accepted: 2, rejected: 1 })
    expect(rejects()).toMatchObject([{ line: 2, reason: expect.stringContaining('1 MiB') }])
  })

  test('go to a folder that is named, and a run ends when they cannot be kept', async () => {
    write('a.log', logLine(0) + GARBAGE)
    expect((await here.ingest(['a.log', '--rejected', 'no/such/folder'])).code).toBe(1)
    expect((await here.ingest(['a.log', '--rejected', '.'])).code).toBe(0)
    expect(rejects()).toHaveLength(1)
  })
})

describe('standard input', () => {
  test('is counted, and a replay is harmless where it has a name', async () => {
    const input = logLines(0, 200)
    expect(summaryOf(await here.ingest(['-', '--id-base', 'day-1'], input))).toMatchObject({ accepted: 200 })
    expect(summaryOf(await here.ingest(['-', '--id-base', 'day-1'], gzipSync(input)))).toMatchObject({
      duplicates: 200,
    })
    expect(await here.counts()).toEqual(countsOf(0, 200))
    expect(summaryOf(await here.ingest(['-'], input))).toMatchObject({ accepted: 200 })
    expect(summaryOf(await here.ingest(['-'], GARBAGE + logLine(1)))).toMatchObject({ accepted: 1, rejected: 1 })
    expect(readFileSync(path('stdin.rejected'), 'utf8')).toContain('"line":1')
  })

  test('without anything in it is nothing', async () => {
    const end = await here.ingest(['-'], '')
    expect([end.code, summaryOf(end)]).toMatchObject([0, { read: 0 }])
  })
})

describe('options', () => {
  test('leave calls out, by method and path, and say whose the others are', async () => {
    const line = (request: string) => logLine(0).replace(/"[A-Z]+ \S+ /, `"${request} `)
    const requests = [
      'OPTIONS /a',
      'HEAD /healthz',
      'GET /healthz?x=1',
      'GET /internal/metrics',
      'GET /internals',
      'GET /a',
    ]
    write('a.log', requests.map(line).join(''))
    const flags = ['OPTIONS', 'HEAD /healthz', '/internal/*'].flatMap((what) => ['--exclude', what])
    const end = await here.ingest(['a.log', ...flags])
    expect(summaryOf(end)).toMatchObject({ read: 6, excluded: 3, accepted: 3 })
    const other = await here.ingest(['a.log', '--organization', 'nobody'])
    expect(summaryOf(other)).toMatchObject({ rejected: 6, reasons: { 'not.authorized (organizationId)': 6 } })
  })

  test('a dry run needs no server, and shows what would be sent', async () => {
    write('a.log', logLines(0, 100) + GARBAGE)
    const end = await here.ingest(['a.log', '--dry-run', '--url', 'http://127.0.0.1:1'])
    expect(end.code).toBe(0)
    const events = end.stdout.trimEnd().split('\n').slice(0, -1)
    expect(events.map((text) => JSON.parse(text))).toMatchObject(
      [0, 1, 2, 3, 4].map(() => ({ method: expect.any(String), status: expect.any(Number) })),
    )
    expect(summaryOf(end)).toMatchObject({ read: 101, accepted: 100, rejected: 1 })
    expect([existsSync(path('a.log.rejected')), existsSync(path('.local'))]).toEqual([false, false])
    expect(await here.total()).toBe(0)
  })

  test.each([
    [['a.log', '--format', 'nginks'], 'none of auto, native'],
    [['a.log', '--map', 'client=x'], '--map'],
    [['a.log', '--exclude', 'health'], '--exclude'],
    [['a.log', '--wait', 'soon'], 'no number of seconds'],
    [['a.log', '--mapping', 'a.log'], '--mapping a.log'],
    [['strange.log'], 'say which with --format'],
    [[], 'missing required argument'],
  ])('that are wrong end with exit code 2: %s', async (args, message) => {
    write('a.log', logLine(0))
    write('strange.log', 'hello\n')
    const { code, stderr } = await here.ingest(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
