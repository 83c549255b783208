import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventBodies } from './events.ts'
import type { Figure } from './figure.ts'
import { startServerProcess } from './server-process.ts'

const BODIES = 80
const EVENTS_A_BODY = 5_000
const CONNECTIONS = 8

/** Events a second over HTTP, durable and deduplicated, of what one core that only parses and adds up reaches. */
export async function benchIngest(): Promise<Figure> {
  const bodies = eventBodies(BODIES, EVENTS_A_BODY, Date.now())
  const ceiling = parseAndAddUp(bodies)
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-bench-'))
  try {
    const reached = await sendAll(folder, bodies)
    return {
      name: `ingest over HTTP, durable and deduplicated (${CONNECTIONS} connections, bodies of ${EVENTS_A_BODY} events, paths folded)`,
      value: `${thousands(reached)} thousand events/s`,
      against: `one core that JSON.parses and adds up the same bodies: ${thousands(ceiling)} thousand events/s`,
      ratio: reached / ceiling,
      target: 'at least 0.35',
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function parseAndAddUp(bodies: readonly Buffer[]): number {
  const sums = new Map<string, number>()
  const started = performance.now()
  let events = 0
  for (const body of bodies) {
    for (const line of body.toString('utf8').split('\n')) {
      if (line === '') continue
      const { clientId, status } = JSON.parse(line) as { clientId: string; status: number }
      const key = `${clientId} ${status}`
      sums.set(key, (sums.get(key) ?? 0) + 1)
      events++
    }
  }
  return (events / (performance.now() - started)) * 1000
}

async function sendAll(folder: string, bodies: readonly Buffer[]): Promise<number> {
  await using server = await startServerProcess(folder)
  const waiting = [...bodies]
  let accepted = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
        const answer = await fetch(`${server.url}/v1/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/x-ndjson' },
          body,
        })
        const receipt = (await answer.json()) as { accepted: number }
        if (answer.status !== 200) throw new Error(`not taken: ${JSON.stringify(receipt)}`)
        accepted += receipt.accepted
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  if (accepted !== BODIES * EVENTS_A_BODY) throw new Error(`${accepted} events were counted`)
  return accepted / seconds
}

function thousands(perSecond: number): string {
  return Math.round(perSecond / 1000).toLocaleString('en-US')
}
