import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { result, submit } from './crash/platform.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

const MIB = 2 ** 20
/** What the server leaves free for queries and checkpoints. */
const RESERVED = 64 * MIB
const EVENTS = 500
/** A body that is sent again has the same times. */
const times = new Map<number, readonly number[]>()

let data: string
const mount = () => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=110m', 'tmpfs', data])

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'routemeter-small-disk-'))
})
afterEach(() => {
  spawnSync('umount', [data])
  rmSync(data, { recursive: true })
})

/** Takes the disk's space until only so many bytes are free; what it takes is in one file. */
function fill(free: number): void {
  const file = openSync(join(data, 'filler'), 'a')
  const block = Buffer.alloc(64 * 1024)
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(data)
      if (bavail * bsize <= free) return
      writeSync(file, block, 0, Math.min(block.length, bavail * bsize - free))
    }
  } catch {
    // Full to the last byte, while the server writes too.
  } finally {
    closeSync(file)
  }
}

async function post(server: RunningServer, token: string, batch: number) {
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    id: `${batch}-${index}`,
    time: Date.now() - 1000,
    clientId: `client-${index % 50}`,
    method: 'GET',
    templateUri: `/api/v2/things/${index % 7}`,
    status: 200,
  }))
  times.set(batch, times.get(batch) ?? events.map(({ time }) => time))
  const lines = events.map((event, index) => JSON.stringify({ ...event, time: times.get(batch)?.[index] }))
  return fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
}
async function counted({ url }: RunningServer, token: string): Promise<number> {
  const [from, to] = [Date.now() - 86_400_000, Date.now()].map((time) => new Date(time).toISOString().slice(0, 10))
  const up = { url, token }
  const { state, rows } = await result(
    up,
    token,
    await submit(up, token, '/api/v2/usage/query', { interval: `${from}/${to}` }),
  )
  expect(state).toBe('Complete')
  return rows.reduce((sum, row) => sum + Number(row.requests), 0)
}

const mayMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-may-mount-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  if (status === 0) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return status === 0
})()

test.skipIf(!mayMount)(
  'on a full disk events are refused with Retry-After and queries go on; with room again nothing is lost or doubled',
  async () => {
    expect(mount().status).toBe(0)
    const server = await startRoutemeter({
      data,
      args: ['--upkeep-seconds=1'],
      env: { ROUTEMETER_LOG_LEVEL: 'silent' },
    })
    const token = await server.token()
    const accepted = new Set<number>()
    const refused = new Set<number>()
    const send = async (batch: number) => {
      const answer = await post(server, token, batch)
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      else expect(answer.status).toBe(200)
      ;(answer.status === 200 ? accepted : refused).add(batch)
    }
    for (let batch = 0; batch < 5; batch++) await send(batch)
    expect(accepted.size).toBe(5)
    const promised = await submit({ url: server.url, token }, token, '/api/v2/usage/query', {
      interval: '2026-01-01/2026-01-02',
    })

    fill(RESERVED - 8 * MIB)
    for (let batch = 5; batch < 8; batch++) await send(batch)
    expect([...refused]).toEqual([5, 6, 7])
    expect(await counted(server, token)).toBe(5 * EVENTS)

    rmSync(join(data, 'filler'))
    const sending = (async () => {
      for (let batch = 8; batch < 40; batch++) await send(batch)
    })()
    fill(0)
    await sending
    expect(refused.size).toBeGreaterThan(3)
    // To the last byte: a new query cannot be kept, what was promised is read.
    fill(0)
    const submitted = await fetch(`${server.url}/api/v2/usage/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ interval: '2026-01-01/2026-01-02' }),
    })
    expect([202, 503]).toContain(submitted.status)
    expect((await result({ url: server.url, token }, token, promised)).state).toBe('Complete')

    rmSync(join(data, 'filler'))
    for (const batch of [...refused, ...accepted]) {
      const answer = await post(server, token, batch)
      const wasRefused = refused.has(batch)
      expect(await answer.json()).toMatchObject({
        accepted: wasRefused ? EVENTS : 0,
        duplicates: wasRefused ? 0 : EVENTS,
      })
    }
    expect(await counted(server, token)).toBe(40 * EVENTS)
    await server[Symbol.asyncDispose]()
    await using again = await startRoutemeter({ data })
    expect(await counted(again, token)).toBe(40 * EVENTS)
  },
  120_000,
)
