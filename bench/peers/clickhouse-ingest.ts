import type { EventPlan } from '../events.ts'
import { prepareLoad } from '../load/load.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type ClickHouse, startDebianClickHouse, startModernClickHouse } from './clickhouse.ts'
import type { IngestPeer } from './peer.ts'

/** A row an event, as it came. */
const tableOf = (text: string, time: string) => `
  CREATE TABLE event (
    id UUID, time ${time}, clientId ${text}, userId ${text}, method ${text}, path String, status UInt16, durationMs UInt32
  ) ENGINE = MergeTree ORDER BY (clientId, time)`

const CAVEAT = 'keeps raw rows: no route templates, no deduplication by event, no fsync'

export const MODERN_CLICKHOUSE: IngestPeer = {
  name: 'ClickHouse 26.7 (from npm’s chdb)',
  caveat: CAVEAT,
  measure: (events) =>
    insertOver(startModernClickHouse, tableOf('LowCardinality(String)', 'DateTime64(3)'), events, false),
}

export const MODERN_CLICKHOUSE_GZIP: IngestPeer = {
  name: 'ClickHouse 26.7, gzip',
  caveat: CAVEAT,
  measure: (events) =>
    insertOver(startModernClickHouse, tableOf('LowCardinality(String)', 'DateTime64(3)'), events, true),
}

export const DEBIAN_CLICKHOUSE: IngestPeer = {
  name: 'ClickHouse 18.16 (Debian)',
  caveat: `${CAVEAT}; times to the second`,
  measure: (events) => insertOver(startDebianClickHouse, tableOf('String', 'DateTime'), events, false),
}

async function insertOver(
  start: (folder: string) => Promise<ClickHouse>,
  table: string,
  events: EventPlan,
  gzip: boolean,
): Promise<number> {
  using folder = temporaryFolder()
  await using load = await prepareLoad({
    events,
    gzip,
    connections: 8,
    pace: { kind: 'once', warmUp: events.bodies / 10 },
  })
  await using server = await start(folder.path)
  await server.query(table)
  const insert = encodeURIComponent('INSERT INTO event FORMAT JSONEachRow')
  const url = `${server.url}?date_time_input_format=best_effort&query=${insert}`
  const result = await load.run({ url, headers: gzip ? { 'content-encoding': 'gzip' } : {} })
  const rows = Number(await server.query('SELECT count() FROM event'))
  if (rows !== result.sent) throw new Error(`ClickHouse has ${rows} of ${result.sent} rows`)
  return result.events / result.seconds
}
