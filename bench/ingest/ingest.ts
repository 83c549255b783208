import { makeDataFolder } from '../data-folder.ts'
import { type EventPlan, eventBodies, ROUTE_TEMPLATES } from '../events.ts'
import { atLeast, type Bar, type Figure, type Measured, median, thousands } from '../figure.ts'
import { prepareLoad, sendToServer } from '../load/load.ts'
import type { BenchOptions, Part } from '../part.ts'
import { DEBIAN_CLICKHOUSE, MODERN_CLICKHOUSE, MODERN_CLICKHOUSE_GZIP } from '../peers/clickhouse-ingest.ts'
import { GOACCESS } from '../peers/goaccess.ts'
import { type IngestPeer, PeerMissing } from '../peers/peer.ts'
import { POSTGRES } from '../peers/postgres.ts'
import { VICTORIA_METRICS } from '../peers/victoria-metrics.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { parseAndAddUp } from './ceiling.ts'

const EVENTS_A_BODY = 5_000
const CONNECTIONS = 8
/** Bodies that one core parses for the ceiling. */
const CEILING_BODIES = 40
const PEERS: readonly IngestPeer[] = [
  MODERN_CLICKHOUSE,
  MODERN_CLICKHOUSE_GZIP,
  DEBIAN_CLICKHOUSE,
  POSTGRES,
  VICTORIA_METRICS,
  GOACCESS,
]

export const ingest: Part = {
  name: 'ingest',
  title: 'Ingest',
  method:
    'Over HTTP, durable and deduplicated: 8 connections, bodies of 5,000 events of about 300 bytes, unique ids, raw paths over 2,206 route templates that the organization knows, 5,000 users, 24 clients. The load generator is a process of its own on the same cores; the first tenth of the bodies is not measured. Others get the same events.',
  measure,
}

async function measure(options: BenchOptions): Promise<Measured> {
  const events: EventPlan = { bodies: options.full ? 200 : 60, eventsEach: EVENTS_A_BODY, until: Date.now() }
  const parsed = eventBodies({ ...events, bodies: CEILING_BODIES })
  const ceilings = [parseAndAddUp(parsed)]
  const [plain, gzip]: [number[], number[]] = [[], []]
  for (let run = 0; run < (options.full ? 3 : 1); run++) {
    plain.push(await sendAll(events, false))
    gzip.push(await sendAll(events, true))
    ceilings.push(parseAndAddUp(parsed))
  }
  const [ours, oursGzip, ceiling] = [median(plain), median(gzip), median(ceilings)]
  const against = `one core that JSON.parses and adds up the same bodies: ${thousands(ceiling)}/s`
  const figures: Figure[] = [ofCeiling('Routemeter', ours, 0.35), ofCeiling('Routemeter, gzip bodies', oursGzip, 0.3)]
  const bars: Bar[] = [
    { label: 'one core, JSON.parse and add up', value: ceiling, text: `${thousands(ceiling)}/s`, kind: 'limit' },
    { label: 'Routemeter', value: ours, text: `${thousands(ours)}/s`, kind: 'ours' },
    { label: 'Routemeter, gzip', value: oursGzip, text: `${thousands(oursGzip)}/s`, kind: 'ours' },
  ]
  for (const peer of options.peers ? PEERS : []) await measurePeer(peer, events, ours, figures, bars)
  return { figures, charts: [{ name: 'ingest', title: 'Events taken a second', bars }] }

  function ofCeiling(name: string, reached: number, least: number): Figure {
    const ratio = reached / ceiling
    return {
      name,
      value: `${thousands(reached)} events/s`,
      against,
      ratio,
      target: atLeast(least, ratio, ' of the ceiling'),
    }
  }
}

async function sendAll(events: EventPlan, gzip: boolean): Promise<number> {
  using folder = temporaryFolder()
  await makeDataFolder(folder.path)
  const pace = { kind: 'once', warmUp: events.bodies / 10 } as const
  await using load = await prepareLoad({ events, gzip, connections: CONNECTIONS, pace })
  await using server = await startServerProcess(folder.path)
  const { events: counted, seconds } = await sendToServer(load, server, gzip)
  await checkTemplates(server)
  return counted / seconds
}

/** Nothing was folded: all calls stand under templates that the organization knows. */
async function checkTemplates({ url, token }: ServerProcess): Promise<void> {
  const found = await askTemplates(url, token)
  const strange = found.filter((template) => !ROUTE_TEMPLATES.includes(`/${template}`))
  if (strange.length > 0 || found.length === 0) throw new Error(`paths were not resolved: ${strange.slice(0, 3)}`)
}

async function askTemplates(url: string, token: string): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const today = new Date().toISOString().slice(0, 10)
  const body = JSON.stringify({ interval: `2020-01-01/${today}`, groupBy: ['TemplateUri'] })
  const submitted = await fetch(`${url}/api/v2/usage/query`, { method: 'POST', headers, body })
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  for (;;) {
    const answer = await fetch(`${url}${resultsUri}`, { headers })
    const { results, queryStatus } = (await answer.json()) as Answer
    if (queryStatus === 'Complete') return (results ?? []).map(({ templateUri }) => templateUri)
    if (queryStatus !== 'Running') throw new Error(`the query ended with ${queryStatus}`)
  }
}

interface Answer {
  readonly queryStatus: string
  readonly results?: readonly { readonly templateUri: string }[]
}

async function measurePeer(
  { name, caveat, measure }: IngestPeer,
  events: EventPlan,
  ours: number,
  figures: Figure[],
  bars: Bar[],
): Promise<void> {
  console.log(`${name} …`)
  try {
    const theirs = await measure(events)
    const value = `${thousands(theirs)} events/s`
    figures.push({ name, value, against: `Routemeter: ${thousands(ours)}/s`, ratio: theirs / ours, note: caveat })
    bars.push({ label: name, value: theirs, text: `${thousands(theirs)}/s`, kind: 'other' })
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error
    figures.push({ name, value: 'skipped', against: '', note: error.message })
  }
}
