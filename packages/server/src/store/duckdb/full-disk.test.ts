import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { rowsOf } from '../usage-store.contract.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { EVENTS_A_BATCH } from './kill-events.ts'

const hasPrlimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0

/** A limit on the size of files stands for the full disk: writing fails in the same places, half-way too. */
test.skipIf(!hasPrlimit).each([
  { what: 'the log cannot grow', checkpointBytes: 1e9, reopened: 0 },
  { what: 'a checkpoint runs out of disk half-way', checkpointBytes: 500_000, reopened: 1 },
])(
  'when $what commits are refused, queries go on, and with more disk everything does',
  async ({ checkpointBytes, reopened }) => {
    const folder = mkdtempSync(join(tmpdir(), 'routemeter-full-'))
    const path = join(folder, 'usage.duckdb')
    const limited = ['--fsize=3000000:unlimited', process.execPath, join(import.meta.dirname, 'full-disk-worker.ts')]
    const worker = spawn('prlimit', [...limited, path, String(checkpointBytes)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(worker, 'exit')
    const said = createInterface({ input: worker.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse(String((await said.next()).value))

    const full = await next()
    expect(full.isRefused).toBe(true)
    expect(full.reopened).toBeGreaterThanOrEqual(reopened)
    expect(full.requests).toBe(full.acknowledged * EVENTS_A_BATCH)
    spawnSync('prlimit', [`--pid=${worker.pid}`, '--fsize=unlimited'])
    worker.stdin.end('go on\n')
    const after = await next()
    expect(after).toMatchObject({
      isRefused: false,
      acknowledged: full.acknowledged + 5,
      requests: (full.acknowledged + 5) * EVENTS_A_BATCH,
    })
    expect(await exited).toEqual([0, null])
    await using store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG })
    expect(await rowsOf(store, makeScope(['acme', 'globex']))).toEqual([[after.requests]])
    await store[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  },
  120_000,
)
