import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RunningServer } from '../running-server.ts'
import { FORBIDDEN } from './driver.ts'
import { IngestCommand } from './ingest-command.ts'
import { type Call, countsOf, type Telling, type Time } from './ledger.ts'
import { foundInFolder, MeteredOrganization } from './metered-organization.ts'

/** A log that a gateway has written, and what has to be in it. */
export interface GatewayLog {
  readonly folder: string
  readonly file: string
  readonly format: string
  /** As `--map` and `?map=` have it. */
  readonly map?: readonly string[]
  /** Where its times are that say no zone; UTC. */
  readonly timeZone?: string
  readonly calls: readonly Call[]
  /** When they were made. */
  readonly time: Time
  /** How many lines tell no call. */
  readonly rejected: number
  readonly telling: Telling
}

/** Posts the log to its format's door, twice: what the driver did is counted, and no more when it comes again. */
export async function expectPushed(server: RunningServer, name: string, log: GatewayLog): Promise<void> {
  const organization = await MeteredOrganization.make(server, name)
  const content = readFileSync(join(log.folder, log.file))
  for (const receipt of receiptsOf(log)) {
    expect(await organization.push(log.format, content, log.map ?? [], log.timeZone ?? 'UTC')).toMatchObject(receipt)
    expect(await organization.counted(log.time)).toEqual(countsOf(log.calls, log.telling))
  }
}

/** As `expectPushed`, with `routemeter ingest` reading the log, whose rejected lines are kept without secrets. */
export async function expectRead(server: RunningServer, name: string, log: GatewayLog): Promise<void> {
  const organization = await MeteredOrganization.make(server, name)
  const rejected = join(log.folder, `${name}-rejected`)
  mkdirSync(rejected)
  const map = (log.map ?? []).flatMap((entry) => ['--map', entry])
  const zone = log.timeZone === undefined ? [] : ['--time-zone', log.timeZone]
  const kept = ['--state', join(log.folder, `${name}-state`), '--rejected', rejected]
  for (const receipt of receiptsOf(log)) {
    const args = [join(log.folder, log.file), '--format', log.format, ...map, ...zone, ...kept, '--again']
    using ingest = new IngestCommand(organization.access, args)
    expect(await ingest.summary()).toMatchObject({ read: log.calls.length + log.rejected, ...receipt })
    expect(await organization.counted(log.time)).toEqual(countsOf(log.calls, log.telling))
  }
  expect(foundInFolder(rejected, FORBIDDEN)).toEqual([])
}

function receiptsOf({ calls, rejected }: GatewayLog) {
  const count = calls.length
  return [
    { accepted: count, duplicates: 0, rejected },
    { accepted: 0, duplicates: count, rejected },
  ]
}

/** No query string, password, signature or cookie is in the data folder, in which a client's name can be found. */
export function expectNoSecrets({ data }: RunningServer): void {
  expect(foundInFolder(data, ['mobile-app', ...FORBIDDEN])).toEqual(['mobile-app'])
}
