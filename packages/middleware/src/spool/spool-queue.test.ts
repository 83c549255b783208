import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Batch } from '../event-queue.ts'
import type { SpoolOptions } from '../options.ts'
import { Reports } from '../reports.ts'
import { SpoolQueue } from './spool-queue.ts'

const HOST = hostname().replace(/[^\w-]/g, '-')
const LIMITS = { batchEvents: 10, maxEvents: 1000, maxBytes: 2 ** 20 }
let directory: string
let told: string[]
const queues: SpoolQueue[] = []

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'routemeter-spool-')), 'made', 'by the queue')
  told = []
})
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close()
  rmSync(join(directory, '../..'), { recursive: true, force: true })
})

function open(options: Partial<Required<SpoolOptions>> = {}): SpoolQueue {
  const reports = new Reports({
    onError: ({ kind }) => told.push(kind),
    onDropped: ({ count, reason }) => told.push(`${count} ${reason}`),
  })
  const given = { directory, maxBytes: 2 ** 20, fsync: false, ...options }
  const queue = new SpoolQueue(given, LIMITS, reports, () => {})
  queues.push(queue)
  return queue
}

const line = (id: number | string) => `{"id":"${id}"}`
const lines = (from: number, count: number) => Array.from({ length: count }, (_, index) => line(from + index))

function textsOf({ lines: { body } }: Batch): readonly string[] {
  return body.toString().split('\n').slice(0, -1)
}

/** All that can be taken, settled. */
async function drain(queue: SpoolQueue): Promise<readonly string[]> {
  const taken: string[] = []
  await queue.seal()
  for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) {
    taken.push(...textsOf(batch))
    await batch.settle()
  }
  return taken
}

function files(ending = '.ndjson'): readonly string[] {
  return readdirSync(directory).filter((file) => file.endsWith(ending))
}

/** A number that no process has. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}

function plant(owner: string, content: string, number = '0000000001'): string {
  const path = join(directory, `${owner}.${number}.ndjson`)
  writeFileSync(path, content)
  return path
}

test('events are on disk until they are settled, in files of a batch each', async () => {
  const queue = open()
  for (const each of lines(0, 25)) queue.add(each)
  await queue.seal()
  expect(queue.waiting).toBe(0)
  expect(files()).toHaveLength(3)
  const first = await queue.take()
  expect(first === undefined ? [] : textsOf(first)).toEqual(lines(0, 10))
  expect(files()).toHaveLength(3)
  await first?.settle()
  expect(files()).toHaveLength(2)
  expect(await drain(queue)).toEqual(lines(10, 15))
  expect(files()).toEqual([])
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

test('what is left at the end is found by the next start, once', async () => {
  const first = open()
  for (const each of lines(0, 5)) first.add(each)
  expect(await first.close()).toBe(0)
  const [second, third] = [open(), open()]
  const both = [...(await drain(second)), ...(await drain(third))]
  expect(both).toEqual(lines(0, 5))
  expect(told).toEqual([])
})

test('a batch that was given back is taken again', async () => {
  const queue = open()
  for (const each of lines(0, 12)) queue.add(each)
  await queue.seal()
  const batch = await queue.take()
  if (batch !== undefined) queue.giveBack(batch)
  expect(await drain(queue)).toEqual(lines(0, 12))
})

test('a line that a crash cut off, and zeros of a block that was never written, are told as torn', async () => {
  await open().close()
  const zeros = '\0'.repeat(20)
  plant(`${HOST}.${deadPid()}.0.aaaaaaaaaaaa`, `${line(1)}\n${zeros}\n${line(2)}\n{"id":"3","ti`)
  const queue = open()
  expect(await drain(queue)).toEqual([line(1), line(2)])
  expect(told).toEqual(['2 torn'])
  expect(files()).toEqual([])
})

test('files of the living are left alone, those of the dead are taken', async () => {
  const alive = open()
  alive.add(line('alive'))
  await alive.seal()
  // A lock without a file is left when a process is killed with nothing to send.
  writeFileSync(join(directory, `${HOST}.${deadPid()}.0.999999999999.lock`), '')
  const owners = {
    'dead on this host': `${HOST}.${deadPid()}.0.bbbbbbbbbbbb`,
    'this process in a past life': `${HOST}.${process.pid}.0.cccccccccccc`,
    'silent on another host': `elsewhere.1.0.dddddddddddd`,
    'running on another host': `elsewhere.1.0.eeeeeeeeeeee`,
    'silent, its process number given anew': `${HOST}.${process.ppid}.0.ffffffffffff`,
  }
  const longAgo = new Date(Date.now() - 10 * 60_000)
  for (const [what, owner] of Object.entries(owners)) {
    plant(owner, `${line(what)}\n`)
    const lock = join(directory, `${owner}.lock`)
    writeFileSync(lock, '')
    if (what.startsWith('silent')) utimesSync(lock, longAgo, longAgo)
  }
  const taken = await drain(open())
  expect(taken.toSorted()).toEqual(
    [
      'dead on this host',
      'silent on another host',
      'silent, its process number given anew',
      'this process in a past life',
    ].map(line),
  )
  expect(files('.lock').filter((file) => /b{12}|9{12}/.test(file))).toEqual([])
  expect(await drain(alive)).toEqual([line('alive')])
})

test('a folder holds no more than it may, all its processes together, and what is lost is told', async () => {
  const first = open({ maxBytes: 200 })
  for (const each of lines(100, 12)) first.add(each)
  await first.seal()
  const bytes = () => files().reduce((sum, file) => sum + statSync(join(directory, file)).size, 0)
  expect(bytes()).toBe(12 * 13)
  const second = open({ maxBytes: 200 })
  await second.seal()
  for (const each of lines(200, 10)) second.add(each)
  await second.seal()
  expect(bytes()).toBe(15 * 13)
  expect(told).toEqual(Array(7).fill('1 spool-full'))
  await drain(first)
  await drain(second)
  second.add(line(300))
  expect(await drain(second)).toEqual([line(300)])
})

test('while the folder cannot be written to, events wait in memory', async () => {
  writeFileSync(join(directory, '../..', 'made'), 'a file is in the way')
  const queue = open()
  for (const each of lines(0, 15)) queue.add(each)
  await queue.seal()
  expect(queue.waiting).toBe(15)
  expect(await drain(queue)).toEqual(lines(0, 15))
  expect(told).toContain('spool')
  queue.add(line('left'))
  expect(await queue.close()).toBe(1)
})

test('a file that another process took is no loss', async () => {
  const queue = open()
  queue.add(line(1))
  await queue.seal()
  for (const file of files()) rmSync(join(directory, file))
  expect(await drain(queue)).toEqual([])
  expect(told).toEqual([])
})
