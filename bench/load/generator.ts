import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { eventBodies } from '../events.ts'
import { Connection } from './connection.ts'
import type { FromGenerator, LoadPlan, LoadResult, LoadTarget, ToGenerator } from './load-plan.ts'
import { RenewedBodies } from './renewed-bodies.ts'

/** What is sent next, and since when it is due; undefined at the end. */
type Next = () => Promise<{ readonly body: Buffer; readonly due: number; readonly isMeasured: boolean } | undefined>

let prepared: { readonly plan: LoadPlan; readonly bodies: readonly Buffer[] } | undefined
let isStopped = false

// A process of its own: what it prepares and sends must not share a thread or a heap with anything that is measured.
process.on('message', async (message: ToGenerator) => {
  try {
    if (message.kind === 'stop') isStopped = true
    else if (message.kind === 'prepare') tell(prepare(message.plan))
    else tell({ kind: 'done', result: await run(message.target) })
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
})

function tell(message: FromGenerator): void {
  process.send?.(message)
}

function prepare(plan: LoadPlan): FromGenerator {
  const bodies = eventBodies(plan.events)
  prepared = { plan, bodies: plan.gzip === true ? bodies.map((body) => gzipSync(body)) : bodies }
  return { kind: 'prepared' }
}

async function run(target: LoadTarget): Promise<LoadResult> {
  if (prepared === undefined) throw new Error('nothing is prepared')
  const { plan, bodies } = prepared
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => Connection.open(target)))
  const next = planNext(plan, bodies)
  const latencies: number[] = []
  let [first, last, sent, accepted] = [Number.POSITIVE_INFINITY, 0, 0, 0]
  const send = async (connection: Connection) => {
    for (let item = await next(); item !== undefined; item = await next()) {
      const answer = await connection.post(item.body)
      const answered = performance.now()
      if (answer.status >= 300)
        throw new Error(`a body was answered with ${answer.status}: ${answer.body.slice(0, 500)}`)
      sent++
      accepted += Number(/"accepted":(\d+)/.exec(answer.body)?.[1] ?? 0)
      if (!item.isMeasured) continue
      first = Math.min(first, item.due)
      last = answered
      latencies.push(answered - item.due)
    }
  }
  await Promise.all(connections.map(send))
  for (const connection of connections) connection.close()
  const { eventsEach } = plan.events
  const events = latencies.length * eventsEach
  return { seconds: (last - first) / 1000, events, latencies, accepted, sent: sent * eventsEach }
}

function planNext({ pace }: LoadPlan, bodies: readonly Buffer[]): Next {
  if (pace.kind === 'once') return once(bodies, pace.warmUp)
  const renewed = new RenewedBodies(bodies)
  const started = performance.now()
  const measuredFrom = started + pace.warmUpSeconds * 1000
  const end = measuredFrom + pace.seconds * 1000
  if (pace.kind === 'closed') {
    return async () => {
      const due = performance.now()
      return due < end && !isStopped ? { body: renewed.next(), due, isMeasured: due >= measuredFrom } : undefined
    }
  }
  let turn = 0
  return async () => {
    const due = started + (turn++ / pace.bodiesPerSecond) * 1000
    const early = due - performance.now()
    if (early > 0) await setTimeout(early)
    return due < end && !isStopped ? { body: renewed.next(), due, isMeasured: due >= measuredFrom } : undefined
  }
}

function once(bodies: readonly Buffer[], warmUp: number): Next {
  let index = 0
  return async () => {
    const body = bodies[index]
    const isMeasured = index++ >= warmUp
    return body === undefined ? undefined : { body, due: performance.now(), isMeasured }
  }
}
