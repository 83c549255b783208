import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { OPERATIONS, type Operation } from './cases.ts'

/** One of the platform's own clients, and what it has of the eleven operations. */
export interface OfficialClient {
  readonly name: string
  readonly operations: readonly Operation[]
  /** Whether its simple search takes a page size and a cursor. */
  readonly pagesSearches: boolean
  /** What its models hold in place of a method that a job's list of them lacks (OPTIONS). */
  readonly unlistedMethod?: string
  readonly command: readonly [program: string, ...args: string[]]
  /** Made by .ci/run; without it the client's tests are skipped, but never under CI. */
  readonly needs: string
}

const conformance = join(import.meta.dirname, '../../conformance')
const built = process.env.ROUTEMETER_CONFORMANCE ?? '/tmp/routemeter-conformance'

function python(release: string, operations: readonly Operation[]): OfficialClient {
  const program = join(import.meta.dirname, `../python/.venv-${release}/bin/python`)
  const command = [program, join(conformance, 'python/driver.py')] as const
  return {
    name: `Python ${release}`,
    operations,
    pagesSearches: true,
    unlistedMethod: 'outdated_sdk_version',
    command: [...command],
    needs: program,
  }
}

export const OFFICIAL_CLIENTS: readonly OfficialClient[] = [
  {
    name: 'JavaScript 262.0.0',
    operations: OPERATIONS,
    pagesSearches: true,
    command: [process.execPath, join(conformance, 'javascript/driver.ts')],
    needs: process.execPath,
  },
  python('269.0.0', OPERATIONS),
  // Of 2020: UsageApi had one query, OAuthApi a client's query and summary.
  python('88.0.0', ['organizationQuery', 'clientQuery', 'clientSummary']),
  {
    // The newest on Maven Central: older than the jobs, and than the pages of simple search.
    name: 'Java 198.1.0',
    operations: ['organizationQuery', 'clientQuery', 'clientSummary', 'simpleSearch'],
    pagesSearches: false,
    command: ['java', '-cp', `${built}/java/classes:${built}/java/lib/*`, 'Driver'],
    needs: `${built}/java/classes/Driver.class`,
  },
  {
    // The newest that Go's module proxy serves here: older than the jobs.
    name: 'Go 150.0.0',
    operations: ['organizationQuery', 'clientQuery', 'clientSummary', 'simpleSearch'],
    pagesSearches: true,
    command: [`${built}/go/driver`],
    needs: `${built}/go/driver`,
  },
]

/** Clients whose toolchain a machine lacks, by folder, so said by .ci/run: `java`. */
const withheld = (process.env.ROUTEMETER_CONFORMANCE_WITHOUT ?? '').split(',')

/** Under CI a client that is not there fails its tests, unless .ci/run found no toolchain for it. */
export const isThere = ({ name, needs }: OfficialClient) =>
  existsSync(needs) || (process.env.CI !== undefined && !withheld.includes(name.split(' ')[0]?.toLowerCase() ?? ''))

/** What a step came to, as the client's models told it. */
export interface Taken {
  readonly name: string
  readonly submitted?: Readonly<Record<string, string>>
  readonly statuses?: readonly string[]
  readonly pages?: readonly (readonly object[])[]
  readonly answer?: Readonly<Record<string, unknown>>
  readonly error?: {
    readonly status: number
    readonly code: string
    readonly message: string
    readonly retryAfter?: string
  }
}

export interface Errand {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** For a client that cannot log in to a local host. */
  readonly accessToken: string
  readonly steps: readonly object[]
}

/** Runs a client's program once, over all the steps. */
export async function run({ name, command }: OfficialClient, errand: Errand): Promise<readonly Taken[]> {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(errand))
  const [output, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${complaints}`)
  return JSON.parse(output) as readonly Taken[]
}
