import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { atMost, type Figure, median, printFigures } from './figure.ts'
import type { Part } from './part.ts'
import { npmPackages } from './peers/packages.ts'
import { temporaryFolder } from './temporary-folder.ts'

const CONNECTIONS = 32
const PROMETHEUS = ['express-prom-bundle@8.0.0', 'prom-client@15.1.3']
const APITALLY = ['apitally@0.25.8', 'express@5.3.0']

/** A way to meter an Express service. */
interface Way {
  readonly name: string
  readonly argument: string
  /** Makes the last argument of the service. */
  readonly prepare: () => string
  readonly note?: string
}

interface Service {
  readonly way: Way
  readonly child: ChildProcess
  readonly port: number
}

/** What a service did in one stretch of load. */
interface Stretch {
  readonly perSecond: number
  /** Microseconds of the processor for each request. */
  readonly micros: number
}

export const middleware: Part = {
  name: 'middleware',
  title: 'Middleware',
  method: `An Express service that answers 150 bytes of JSON, called over ${CONNECTIONS} kept connections by a process of its own; what the middlewares send goes to a third. Each way in turn with the service without any, again and again, in short stretches: the median of the ratios of pairs, in throughput and in processor time for a request.`,
  async measure({ full, peers }) {
    using folder = temporaryFolder()
    const ways: Way[] = [
      { name: 'no middleware', argument: 'none', prepare: () => '' },
      { name: '@routemeter/middleware', argument: 'routemeter', prepare: () => '' },
      { name: '@routemeter/middleware, spooled', argument: 'routemeter-spool', prepare: () => folder.path },
      ...(peers ? PEERS : []),
    ]
    const sink = await startChild('sink.ts', [])
    const services: Service[] = []
    const missing: Figure[] = []
    try {
      for (const way of ways) {
        try {
          const address = `http://127.0.0.1:${sink.port}`
          services.push({ way, ...(await startChild('service.ts', [way.argument, address, way.prepare()], address)) })
        } catch (error) {
          missing.push({ name: way.name, value: '–', against: '', note: error instanceof Error ? error.message : '' })
        }
      }
      const [bare, ...others] = services
      if (bare === undefined) throw new Error('the service without any middleware did not start')
      const pairs = await inPairs(bare, others, full)
      return { figures: [...others.map((service) => figureOf(service, pairs.get(service) ?? [])), ...missing] }
    } finally {
      for (const { child } of [sink, ...services]) await stop(child)
    }
  },
}

const PEERS: readonly Way[] = [
  {
    name: 'express-prom-bundle 8.0 (prom-client)',
    argument: 'prometheus',
    prepare: () => npmPackages('npm-prometheus', PROMETHEUS),
    note: 'counts in the process until it is scraped: no client, and the path is guessed from its values',
  },
  {
    name: 'apitally 0.25',
    argument: 'apitally',
    prepare: () => npmPackages('npm-apitally', APITALLY),
    note: 'adds up in the process and sends sums once a minute',
  },
]

/** A stretch of a way and the one without any that was measured right beside it. */
interface Pair {
  readonly without: Stretch
  readonly metered: Stretch
}

async function inPairs(bare: Service, others: readonly Service[], full: boolean) {
  const pairs = new Map(others.map((service) => [service, [] as Pair[]]))
  const [seconds, rounds] = full ? [2, 30] : [1, 15]
  for (const service of [bare, ...others]) await stretch(service, 3)
  for (let round = 0; round < rounds; round++) {
    for (const service of others) {
      // The other way round every other time: what gets slower within a pair falls on both.
      const isFirst = round % 2 === 0
      const before = await stretch(isFirst ? bare : service, seconds)
      const after = await stretch(isFirst ? service : bare, seconds)
      pairs.get(service)?.push(isFirst ? { without: before, metered: after } : { without: after, metered: before })
    }
  }
  return pairs
}

async function stretch({ port }: Service, seconds: number): Promise<Stretch> {
  const before = await cpuOf(port)
  const load = join(import.meta.dirname, 'middleware/load.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    load,
    String(port),
    String(seconds),
    String(CONNECTIONS),
  ])
  const answered = Number(stdout)
  return { perSecond: answered / seconds, micros: ((await cpuOf(port)) - before) / answered }
}

async function cpuOf(port: number): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}/cpu`)).text())
}

function figureOf({ way }: Service, pairs: readonly Pair[]): Figure {
  const ratio = (key: keyof Stretch) => median(pairs.map(({ without, metered }) => metered[key] / without[key]))
  const least = (of: keyof Pair) => Math.min(...pairs.map((pair) => pair[of].micros))
  const lost = (1 - ratio('perSecond')) * 100
  const more = (ratio('micros') - 1) * 100
  const bare = median(pairs.map(({ without }) => without.perSecond))
  return {
    name: way.name,
    value: `${lost.toFixed(1)} % less throughput, ${more.toFixed(1)} % more processor time a request (least: ${least('metered').toFixed(1)} µs)`,
    against: `without: ${bare.toFixed(0)} requests/s (least: ${least('without').toFixed(1)} µs)`,
    ratio: ratio('perSecond'),
    ...(way.argument === 'routemeter' ? { target: atMost(5, lost, ' % of throughput') } : {}),
    ...(way.note === undefined ? {} : { note: way.note }),
  }
}

async function startChild(script: string, args: readonly string[], sink = ''): Promise<Omit<Service, 'way'>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'middleware', script), ...args], {
    env: { ...process.env, NODE_ENV: 'production', APITALLY_HUB_BASE_URL: sink },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/^\d+$/.test(line)) continue
    child.stdout.resume()
    return { child, port: Number(line) }
  }
  throw new Error(`${script} ended before it listened`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

if (import.meta.main) {
  const measured = await middleware.measure({ full: process.argv.includes('--full'), peers: true, rollups: 0 })
  console.log(`# ${middleware.title}\n${middleware.method}\n`)
  printFigures(measured.figures)
}
