import { type EventPlan, eventLines } from '../events.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { debianEnvironment, debianProgram } from './packages.ts'
import type { IngestPeer } from './peer.ts'
import { freePort, startPeer } from './process.ts'

const CONNECTIONS = 8

interface Event {
  readonly time: string
  readonly clientId: string
  readonly userId: string
  readonly method: string
  readonly status: number
  readonly durationMs: number
}

export const VICTORIA_METRICS: IngestPeer = {
  name: 'VictoriaMetrics 1.79',
  caveat: 'no id and no path (a label cannot hold them), no deduplication; answers before anything is on disk',
  async measure(events) {
    const program = debianProgram('victoria-metrics', 'victoria-metrics')
    using folder = temporaryFolder()
    const bodies = Array.from({ length: events.bodies }, (_, body) => samplesOf(events, body))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const args = [`-storageDataPath=${folder.path}`, `-httpListenAddr=127.0.0.1:${port}`, '-loggerLevel=ERROR']
    const isReady = async () => (await fetch(`${url}/health`)).ok
    await using _server = await startPeer(program, args, { env: debianEnvironment(), isReady })
    const rows = events.bodies * events.eventsEach
    const started = performance.now()
    await importAll(url, bodies)
    const seconds = (performance.now() - started) / 1000
    const inserted = await insertedRows(url)
    if (inserted < rows) throw new Error(`VictoriaMetrics took ${inserted} of ${rows} samples`)
    return rows / seconds
  },
}

/** A sample an event, in lines of /api/v1/import. */
function samplesOf(plan: EventPlan, body: number): Buffer {
  const lines = eventLines(plan, body).map((line) => {
    const { time, clientId, userId, method, status, durationMs }: Event = JSON.parse(line)
    const metric = { __name__: 'api_call_ms', clientId, userId, method, status: String(status) }
    return JSON.stringify({ metric, values: [durationMs], timestamps: [Date.parse(time)] })
  })
  return Buffer.from(lines.join('\n'))
}

async function importAll(url: string, bodies: readonly Buffer[]): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        const answer = await fetch(`${url}/api/v1/import`, { method: 'POST', body })
        if (!answer.ok) throw new Error(`VictoriaMetrics refused: ${await answer.text()}`)
      }
    }),
  )
}

async function insertedRows(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^vm_rows_inserted_total\{type="vmimport"\} (\d+)/m.exec(text)?.[1] ?? 0)
}
