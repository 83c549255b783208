import type { MeterOptions, SpoolOptions } from './options.ts'

/** The options that say how events are kept and sent, checked and with their defaults. */
export interface Settings {
  readonly endpoint: URL
  readonly key: string
  readonly batchEvents: number
  readonly batchMs: number
  readonly maxEvents: number
  readonly maxBytes: number
  readonly gzip: boolean
  readonly timeoutMs: number
  readonly closeTimeoutMs: number
  readonly sendOnSignals: readonly NodeJS.Signals[]
  readonly spool: Required<SpoolOptions> | undefined
}

type Given = MeterOptions<never>

/** [option, default, least, most] */
const NUMBERS = {
  batchEvents: [1000, 1, 10_000],
  batchMs: [1000, 10, 60_000],
  maxEvents: [100_000, 1, 10_000_000],
  maxBytes: [32 * 2 ** 20, 16 * 2 ** 10, Number.MAX_SAFE_INTEGER],
  timeoutMs: [10_000, 100, 600_000],
  closeTimeoutMs: [5000, 0, 600_000],
} as const satisfies Record<string, readonly [usual: number, least: number, most: number]>

const SPOOL_BYTES = [256 * 2 ** 20, 2 ** 20, Number.MAX_SAFE_INTEGER] as const

/** @throws TypeError naming every option that is not as it must be. */
export function readSettings(given: Given, environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const numberOf = (
    name: string,
    value: number | undefined,
    [usual, least, most]: readonly [number, number, number],
  ) => {
    const number = value ?? usual
    if (!Number.isSafeInteger(number) || number < least || number > most) {
      problems.push(`${name} must be a whole number from ${least} to ${most}, not ${number}`)
    }
    return number
  }
  const number = (name: keyof typeof NUMBERS) => numberOf(name, given[name], NUMBERS[name])
  const settings = {
    endpoint: endpointOf(given.url ?? environment.ROUTEMETER_URL, problems),
    key: keyOf(given.key ?? environment.ROUTEMETER_INGEST_KEY, problems),
    batchEvents: number('batchEvents'),
    batchMs: number('batchMs'),
    maxEvents: number('maxEvents'),
    maxBytes: number('maxBytes'),
    gzip: given.gzip ?? false,
    timeoutMs: number('timeoutMs'),
    closeTimeoutMs: number('closeTimeoutMs'),
    sendOnSignals: given.sendOnSignals ?? [],
    spool: given.spool && {
      directory: given.spool.directory,
      maxBytes: numberOf('spool.maxBytes', given.spool.maxBytes, SPOOL_BYTES),
      fsync: given.spool.fsync ?? true,
    },
  }
  if (settings.spool?.directory === '') problems.push('spool.directory must name a folder')
  if (problems.length > 0) throw new TypeError(`@routemeter/middleware: ${problems.join('; ')}`)
  return settings
}

function endpointOf(url: string | undefined, problems: string[]): URL {
  const endpoint = URL.parse(`${(url ?? '').replace(/\/+$/, '')}/v1/events`)
  if (endpoint !== null && /^https?:$/.test(endpoint.protocol)) return endpoint
  // A wrong address may hold a password, so it is not repeated.
  problems.push(`url (or ROUTEMETER_URL) must be an http or https address${url === undefined ? '; it is missing' : ''}`)
  return new URL('http://localhost')
}

function keyOf(key: string | undefined, problems: string[]): string {
  if (key !== undefined && /^[!-~]+$/.test(key)) return key
  problems.push(`key (or ROUTEMETER_INGEST_KEY) must be an ingest key${key === undefined ? '; it is missing' : ''}`)
  return ''
}
