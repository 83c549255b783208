import { addOrganization, makeDataFolder, ORGANIZATION_ID } from '../data-folder.ts'
import { atMost, type Bar, type Figure, type Measured, median, percentile, thousands } from '../figure.ts'
import { prepareLoad, sendToServer } from '../load/load.ts'
import type { BenchOptions, Part } from '../part.ts'
import { PeerMissing } from '../peers/peer.ts'
import { startServerProcess } from '../server-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { timeInClickHouse } from './ask-clickhouse.ts'
import { timeInDuckDb } from './ask-duckdb.ts'
import { timeOverHttp } from './ask-server.ts'
import { timeInStore } from './ask-store.ts'
import { type Question, questionsAt } from './questions.ts'
import { fillRollups, SMALL_ID } from './rollups.ts'

const EVENTS_PER_SECOND = 50_000
const EVENTS_A_BODY = 5_000

export const queries: Part = {
  name: 'queries',
  title: 'Queries',
  method:
    'Six typical questions on a year of rollups: one organization with six tenths of the rows, 200 small ones with the others, written straight into the store’s tables. From submitting over HTTP until the result is there, polled every 2 ms; the platform’s operations know neither time zones nor hours, so for those two the store is asked in process. Then the same while 50,000 events a second come in.',
  measure,
}

type Times = ReadonlyMap<string, readonly number[]>

async function measure(options: BenchOptions): Promise<Measured> {
  using folder = temporaryFolder()
  const usageFile = await makeDataFolder(folder.path)
  await fillRollups(usageFile, ORGANIZATION_ID, options.rollups)
  const small = await addOrganization(folder.path, SMALL_ID)
  const askers = { folder: folder.path, small, repeats: options.full ? 60 : 20 }
  const { repeats } = askers
  const questions = questionsAt(Date.now())
  const overHttp = questions.filter(({ http }) => http !== undefined)
  const inStore = questions.filter(({ http }) => http === undefined)

  const directly = await timeInDuckDb(usageFile, questions, repeats)
  const inClickHouse = options.peers
    ? await orMissing(() => timeInClickHouse(usageFile, questions, repeats))
    : undefined
  const alone = both(await timeServer(askers, overHttp), (await timeInStore(usageFile, inStore, repeats, 0)).times)
  // Last, because they change what is kept.
  const busyStore = await timeInStore(usageFile, inStore, repeats, EVENTS_PER_SECOND)
  const busyServer = await timeBusyServer(askers, overHttp)
  const busy = both(busyStore.times, busyServer.times)
  const cameIn = { store: busyStore.eventsPerSecond, server: busyServer.eventsPerSecond }
  const others = { directly, cameIn, inClickHouse: typeof inClickHouse === 'string' ? undefined : inClickHouse }
  const figures = questions.flatMap((question) => figuresOf(question, { alone, busy, ...others }))
  if (typeof inClickHouse === 'string')
    figures.push({ name: 'ClickHouse', value: 'skipped', against: '', note: inClickHouse })
  const bars = questions.flatMap((question) => barsOf(question, { alone, busy, ...others }))
  const rows = options.rollups.toLocaleString('en-US')
  return { figures, charts: [{ name: 'queries', title: `Six questions on ${rows} rollups, median`, bars }] }
}

interface Askers {
  readonly folder: string
  readonly small: { readonly clientId: string; readonly secret: string }
  readonly repeats: number
}

async function timeServer({ folder, small, repeats }: Askers, questions: readonly Question[]): Promise<Times> {
  await using server = await startServerProcess(folder)
  return await timeOverHttp(server, small, questions, repeats)
}

async function timeBusyServer({ folder, small, repeats }: Askers, questions: readonly Question[]) {
  const bodiesPerSecond = EVENTS_PER_SECOND / EVENTS_A_BODY
  const pace = { kind: 'open', bodiesPerSecond, warmUpSeconds: 0, seconds: 3_600 } as const
  const events = { bodies: 60, eventsEach: EVENTS_A_BODY, until: Date.now() }
  await using load = await prepareLoad({ events, connections: 8, pace })
  await using server = await startServerProcess(folder)
  const sent = sendToServer(load, server)
  const times = await timeOverHttp(server, small, questions, repeats)
  load.stop()
  const { events: counted, seconds } = await sent
  return { times, eventsPerSecond: counted / seconds }
}

async function orMissing(measure: () => Promise<Times>): Promise<Times | string> {
  try {
    return await measure()
  } catch (error) {
    if (error instanceof PeerMissing) return error.message
    throw error
  }
}

function both(some: Times, others: Times): Times {
  return new Map([...some, ...others])
}

interface AllTimes {
  readonly alone: Times
  readonly busy: Times
  readonly directly: Times
  /** Events a second beside the queries, which a slow machine may not reach. */
  readonly cameIn: { readonly store: number; readonly server: number }
  readonly inClickHouse: Times | undefined
}

const ms = (value: number) => `${value.toFixed(1)} ms`

function figuresOf({ name, http, targetP95 }: Question, times: AllTimes): readonly Figure[] {
  const [alone = [], busy = [], directly = []] = [times.alone, times.busy, times.directly].map((all) => all.get(name))
  const clickHouse = times.inClickHouse?.get(name)
  const most = 1.2 * median(directly) + 3
  const figures: Figure[] = [
    {
      name: http === undefined ? `${name} (the store)` : name,
      value: `p50 ${ms(median(alone))}, p95 ${ms(percentile(alone, 0.95))}`,
      against: `the same SQL on DuckDB: p50 ${ms(median(directly))}`,
      ratio: median(alone) / median(directly),
      target: atMost(targetP95, percentile(alone, 0.95), ' ms p95'),
      note: `1.2 × + 3 ms = ${ms(most)}: ${median(alone) <= most ? 'met' : '**missed**'}`,
    },
    {
      name: `… during ${EVENTS_PER_SECOND.toLocaleString('en-US')} events/s`,
      value: `p50 ${ms(median(busy))}, p95 ${ms(percentile(busy, 0.95))}`,
      against: `alone: p50 ${ms(median(alone))}`,
      ratio: median(busy) / median(alone),
      target: atMost(2, median(busy) / median(alone), ' ×'),
      note: `${thousands(http === undefined ? times.cameIn.store : times.cameIn.server)} events/s came in`,
    },
  ]
  if (clickHouse === undefined) return figures
  const theirs = median(clickHouse)
  const against = `ClickHouse 26.7 over HTTP: p50 ${ms(theirs)}`
  return [
    ...figures,
    { name: '… and ClickHouse', value: `p50 ${ms(median(alone))}`, against, ratio: median(alone) / theirs },
  ]
}

function barsOf({ name }: Question, times: AllTimes): readonly Bar[] {
  const bar = (label: string, all: Times | undefined, kind: Bar['kind']): readonly Bar[] => {
    const measured = all?.get(name)
    if (measured === undefined) return []
    return [{ group: name, label, value: median(measured), text: ms(median(measured)), kind }]
  }
  return [
    ...bar('Routemeter', times.alone, 'ours'),
    ...bar('during 50,000 events/s', times.busy, 'ours'),
    ...bar('the same SQL on DuckDB', times.directly, 'other'),
    ...bar('ClickHouse over HTTP', times.inClickHouse, 'other'),
  ]
}
