import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import { commitEvents } from '../commit-events.ts'
import { rowsOf } from '../usage-store.contract.ts'
import type { UsageStore } from '../usage-store.ts'
import { openDuckDbStore } from './duckdb-store.ts'
import { EVENTS_A_BATCH, killedEvents, MOVES } from './kill-events.ts'

const KILLS = 6
const BOTH = makeScope(['acme', 'globex'])
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-kill-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the worker from a batch on until it has acknowledged `after` more, then kills it while it goes on. */
async function commitUntilKilled(path: string, first: number, after: number): Promise<number> {
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'kill-worker.ts'), path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(worker, 'exit')
  let acknowledged = first - 1
  for await (const line of createInterface({ input: worker.stdout })) {
    acknowledged = Number(line)
    // What it still says after that is an acknowledgement too: read on to the end.
    if (acknowledged === first + after) worker.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

/** Of things that are moved and of the others there is what all batches have, whenever a move was cut off. */
async function expectMoved(store: UsageStore): Promise<void> {
  const isMoved = (template: unknown) => /[13579{]\w*\}?$/.test(String(template))
  await store.moveTemplates('acme', MOVES)
  const rows = await rowsOf(store, makeScope(['acme']), { groupBy: ['clientId', 'templateUri'] })
  const expected = new Map<string, number>()
  const found = new Map<string, number>()
  const add = (map: Map<string, number>, key: string, calls: number) => map.set(key, (map.get(key) ?? 0) + calls)
  for (const [clientId, template, calls] of rows) add(found, `${clientId} ${isMoved(template)}`, Number(calls))
  for (const clientId of new Set(rows.map(([client]) => String(client)))) {
    for (const { organizationId, templateUri } of killedEvents(Number(clientId.split('-')[1]))) {
      if (organizationId === 'acme') add(expected, `${clientId} ${isMoved(templateUri)}`, 1)
    }
  }
  expect(found).toEqual(expected)
  expect(rows.filter(([, template]) => MOVES.some(({ from }) => from === template))).toEqual([])
}

test('whatever was acknowledged before a kill is there once, and what was not is there wholly or not at all', async () => {
  const path = join(folder, 'usage.duckdb')
  let next = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await commitUntilKilled(path, next, 3 + ((kill * 5) % 7))
    await using store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG })
    const byBatch = new Map((await rowsOf(store, BOTH, { groupBy: ['clientId'] })) as [string, number][])
    for (let batch = 0; batch <= acknowledged; batch++) expect(byBatch.get(`client-${batch}`)).toBe(EVENTS_A_BATCH)
    expect(byBatch.size).toBeLessThanOrEqual(acknowledged + 2)
    for (const requests of byBatch.values()) expect(requests).toBe(EVENTS_A_BATCH)
    next = acknowledged + 1
  }
  await using store = await openDuckDbStore({ path, now: Date.now, log: SILENT_LOG })
  await expectMoved(store)
  expect(readdirSync(folder).some((name) => /\.ids-\d+$/.test(name))).toBe(true)
  for (let batch = 0; batch <= next; batch++) await commitEvents(store, killedEvents(batch))
  expect(await rowsOf(store, BOTH)).toEqual([[(next + 1) * EVENTS_A_BATCH]])
  expect(await rowsOf(store, BOTH, { groupBy: ['userId'] })).toHaveLength(17)
})
