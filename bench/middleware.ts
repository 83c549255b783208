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
  method: `An Express service that answers 150 bytes of JSON, called over ${CONNECTIONS} kept connections by a process of its own; what the middlewares send goes to a third. Each way in turn, again and again: the median of its ratios to the service without any, in throughput and in processor time for a request.`,
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
      return { figures: [...figuresOf(services, await inTurn(services, full)), ...missing] }
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

async function inTurn(services: readonly Service[], full: boolean): Promise<ReadonlyMap<Service, Stretch[]>> {
  const measured = new Map(services.map((service) => [service, [] as Stretch[]]))
  const [warmup, seconds, rounds] = full ? [5, 4, 15] : [3, 2, 7]
  for (const service of services) await stretch(service, warmup)
  for (let round = 0; round < rounds; round++) {
    // The other way round every other time: what gets slower in a round falls on all of them.
    for (const service of round % 2 === 0 ? services : services.toReversed()) {
      measured.get(service)?.push(await stretch(service, seconds))
    }
  }
  return measured
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

function figuresOf(
  [bare, ...others]: readonly Service[],
  measured: ReadonlyMap<Service, Stretch[]>,
): readonly Figure[] {
  const without = bare === undefined ? [] : (measured.get(bare) ?? [])
  const against = `without: ${medianOf(without, 'perSecond').toFixed(0)} requests/s, ${medianOf(without, 'micros').toFixed(1)} µs`
  return others.map((service) => {
    const stretches = measured.get(service) ?? []
    const ratios = (key: keyof Stretch) =>
      median(stretches.map((each, n) => each[key] / (without[n]?.[key] ?? Number.NaN)))
    const lost = (1 - ratios('perSecond')) * 100
    const more = (ratios('micros') - 1) * 100
    const { name, argument, note } = service.way
    return {
      name,
      value: `${lost.toFixed(1)} % less throughput, ${more.toFixed(1)} % more processor time a request (${medianOf(stretches, 'micros').toFixed(1)} µs)`,
      against,
      ratio: ratios('perSecond'),
      ...(argument === 'routemeter' ? { target: atMost(5, lost, ' % of throughput') } : {}),
      ...(note === undefined ? {} : { note }),
    }
  })
}

function medianOf(stretches: readonly Stretch[], key: keyof Stretch): number {
  return median(stretches.map((each) => each[key]))
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
