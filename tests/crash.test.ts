import { expect, test } from 'vitest'
import { crashRun } from './crash/crash-run.ts'

// The short form of `npm run test:crash`.
test('a server that is killed at work and while it starts loses and doubles nothing that it was sent', async () => {
  const said: string[] = []
  const summary = await crashRun({ kills: 6, seed: 1, say: (text) => said.push(text) })
  expect(summary.faults, said.join('\n')).toEqual([])
  expect(summary).toMatchObject({ lost: 0, doubled: 0 })
  expect(summary.kills).toBeGreaterThanOrEqual(6)
  expect(summary.events).toBeGreaterThan(1000)
}, 180_000)
