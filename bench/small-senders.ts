import { makeDataFolder } from './data-folder.ts'
import { atLeast, atMost, type Bar, type Figure, type Measured, percentile, thousands } from './figure.ts'
import { prepareLoad, sendToServer } from './load/load.ts'
import type { LoadResult, Pace } from './load/load-plan.ts'
import type { BenchOptions, Part } from './part.ts'
import { startServerProcess } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const smallSenders: Part = {
  name: 'small-senders',
  title: 'Many senders, and how long an answer takes',
  method:
    'From the request, or from when it was due, to the whole answer: the events are on disk and counted by then. The same events as for ingest; ids are never repeated.',
  measure,
}

/** 200 senders of small bodies, as quickly as they are answered; then 8 of large ones at half of full speed. */
async function measure({ full }: BenchOptions): Promise<Measured> {
  const warmUpSeconds = full ? 5 : 2
  const closed = { kind: 'closed', warmUpSeconds, seconds: full ? 30 : 4 } as const
  const small = await measureLoad(200, 20, closed)
  const fullSpeed = rateOf(await measureLoad(8, 5_000, { ...closed, seconds: full ? 10 : 3 }))
  const bodiesPerSecond = fullSpeed / 2 / 5_000
  const half = await measureLoad(8, 5_000, { kind: 'open', bodiesPerSecond, warmUpSeconds, seconds: full ? 90 : 6 })

  const rate = rateOf(small)
  const [small50, small99] = [percentile(small.latencies, 0.5), percentile(small.latencies, 0.99)]
  const [half50, half99] = [percentile(half.latencies, 0.5), percentile(half.latencies, 0.99)]
  const figures: Figure[] = [
    {
      name: '200 connections, 20 events a body, closed loop',
      value: `${thousands(rate)} events/s`,
      against: `8 connections, 5,000 events a body: ${thousands(fullSpeed)}/s`,
      ratio: rate / fullSpeed,
      target: atLeast(60, rate / 1000, ' thousand/s'),
    },
    {
      name: 'the same: time to the answer',
      value: `p50 ${small50.toFixed(0)} ms, p99 ${small99.toFixed(0)} ms`,
      against: `${small.latencies.length.toLocaleString('en-US')} bodies`,
      target: atMost(250, small99, ' ms p99'),
    },
    {
      name: `8 connections, 5,000 events a body, open loop at half of full speed (${thousands(fullSpeed / 2)}/s)`,
      value: `p50 ${half50.toFixed(0)} ms, p99 ${half99.toFixed(0)} ms`,
      against: `${half.latencies.length.toLocaleString('en-US')} bodies, each timed from when it was due`,
      target: atMost(150, half99, ' ms p99'),
    },
  ]
  const bar = (group: string, label: string, value: number): Bar => ({
    group,
    label,
    value,
    text: `${value.toFixed(0)} ms`,
    kind: 'ours',
  })
  const bars = [
    bar('200 connections, 20 events a body, full speed', 'p50', small50),
    bar('200 connections, 20 events a body, full speed', 'p99', small99),
    bar('8 connections, 5,000 events a body, half of full speed', 'p50', half50),
    bar('8 connections, 5,000 events a body, half of full speed', 'p99', half99),
  ]
  return { figures, charts: [{ name: 'answers', title: 'Time until a body is durable, counted and answered', bars }] }
}

function rateOf({ events, seconds }: LoadResult): number {
  return events / seconds
}

/** A new server each time: one load does not inherit the tables of another. */
async function measureLoad(connections: number, eventsEach: number, pace: Pace): Promise<LoadResult> {
  using folder = temporaryFolder()
  await makeDataFolder(folder.path)
  const events = { bodies: Math.max(4 * connections, 60), eventsEach, until: Date.now() }
  await using load = await prepareLoad({ events, connections, pace })
  await using server = await startServerProcess(folder.path)
  return await sendToServer(load, server)
}
