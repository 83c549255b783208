import { DuckDBInstance } from '@duckdb/node-api'
import { EVENT_CLIENTS, EVENT_USERS, ROUTE_TEMPLATES } from '../events.ts'

const DAY_MINUTES = 1_440
const DAYS = 365
const SMALL_ORGANIZATIONS = 200
/** Of all rows. */
const LARGE_PART = 0.6
const SMALL = { clients: 3, users: 50, templates: 100 }

/** The number of the first of the small organizations; 1 is the large one's. */
export const SMALL_NUMBER = 2
export const SMALL_ID = smallId(SMALL_NUMBER)

function smallId(number: number): string {
  return `small-${number}`
}

/**
 * Fills the sorted tables of an empty usage file as the store's folding leaves them, without sending what would have
 * led there: a year up to now, one organization with six tenths of the rows, 200 small ones with the others. Templates
 * and clients are called unevenly: half of the calls go to an eighth of the templates. Latency tables stay empty.
 */
export async function fillRollups(usageFile: string, largeId: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(usageFile)
  const connection = await instance.connect()
  const lastMinute = Math.floor(Date.now() / 60_000)
  const firstMinute = (Math.floor(lastMinute / DAY_MINUTES) - DAYS + 1) * DAY_MINUTES
  const statements = [
    ...dictionaries(largeId),
    fineRows(rows, firstMinute, lastMinute),
    `INSERT INTO usage_fine BY NAME SELECT * FROM made ORDER BY ${MONTH}, organization, client_id, bucket`,
    'DROP TABLE made',
    DAY_ROWS,
    `INSERT INTO organization_newest SELECT organization, max(bucket)::BIGINT * 60000 FROM usage_fine GROUP BY ALL`,
    ...['usage_fine', 'usage_day'].map(
      (table) => `INSERT INTO rollup_month SELECT '${table}', ${MONTH}, count(*), 0 FROM ${table} GROUP BY ALL`,
    ),
    'CHECKPOINT',
  ]
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}

const MONTH = '(year(epoch_ms(bucket::BIGINT * 60000)) * 12 + month(epoch_ms(bucket::BIGINT * 60000)) - 1)'

const DAY_ROWS = `
  INSERT INTO usage_day BY NAME
  SELECT * FROM (
    SELECT organization, bucket - bucket % ${DAY_MINUTES} AS bucket, client_id, template_uri, http_method, platform,
      sum(COLUMNS(c -> c.starts_with('requests') OR c.starts_with('status')))::BIGINT,
      sum(duration_micros)::BIGINT AS duration_micros, 0 AS duration_micros_high,
      sum(duration_count)::BIGINT AS duration_count, max(duration_max_micros) AS duration_max_micros
    FROM usage_fine GROUP BY ALL
  ) ORDER BY ${MONTH}, organization, client_id, bucket`

/** Numbers that look drawn, and are the same every time. */
function fineRows(rows: number, firstMinute: number, lastMinute: number): string {
  const part = (salt: number) => `(hash(number * 16 + ${salt}) % 1000000 / 1000000.0)`
  const among = (large: number, small: number, drawn: string) =>
    `(1 + floor(CASE WHEN organization = 1 THEN ${large} ELSE ${small} END * ${drawn}))::INTEGER`
  return `
    CREATE TEMP TABLE made AS
    WITH drawn AS (
      SELECT number, (CASE WHEN number < ${Math.floor(rows * LARGE_PART)} THEN 1
        ELSE ${SMALL_NUMBER} + number % ${SMALL_ORGANIZATIONS} END)::INTEGER AS organization,
        (${firstMinute} + floor(${lastMinute - firstMinute} * ${part(1)}))::INTEGER AS minute,
        (SELECT value // 60000 FROM setting WHERE name = 'minute_watermark') AS minutes_from,
        1 + floor(4 * ${part(2)})::BIGINT AS requests
      FROM range(${rows}) AS numbers(number)
    )
    SELECT organization, (CASE WHEN minute < minutes_from THEN minute - minute % 15 ELSE minute END)::INTEGER AS bucket,
      ${among(EVENT_CLIENTS.length, SMALL.clients, `power(${part(3)}, 2)`)} AS client_id,
      ${among(EVENT_USERS.length, SMALL.users, part(4))} AS user_id,
      ${among(ROUTE_TEMPLATES.length, SMALL.templates, `power(${part(5)}, 3)`)} AS template_uri,
      1 + template_uri % 4 AS http_method, 0 AS platform, requests,
      requests - CASE WHEN number % 10 = 0 THEN 1 ELSE 0 END AS status200, 0 AS status300,
      CASE WHEN number % 10 = 0 THEN 1 ELSE 0 END AS status400, CASE WHEN number % 100 = 0 THEN 1 ELSE 0 END AS status429,
      0 AS status500, (requests * 500000 * ${part(6)})::BIGINT AS duration_micros, 0 AS duration_micros_high,
      requests AS duration_count, duration_micros AS duration_max_micros
    FROM drawn`
}

function dictionaries(largeId: string): readonly string[] {
  const organizations = Array.from({ length: SMALL_ORGANIZATIONS }, (_, index) => SMALL_NUMBER + index)
  const large = [EVENT_CLIENTS, EVENT_USERS, ROUTE_TEMPLATES.map((template) => template.slice(1))]
  const small = [SMALL.clients, SMALL.users, SMALL.templates]
  const methods = ['GET', 'POST', 'PUT', 'DELETE']
  const dimension = (code: number, values: readonly string[], of: string) =>
    `INSERT INTO dimension_value
    SELECT organization.id, ${code}, given.id, value FROM organization, (
      SELECT unnest(range(1, ${values.length + 1}))::INTEGER AS id, unnest([${values.map((value) => `'${value}'`)}]) AS value
    ) AS given WHERE ${of}`
  return [
    `INSERT INTO organization VALUES (1, '${largeId}'), ${organizations.map((number) => `(${number}, '${smallId(number)}')`)}`,
    ...large.map((values, index) => dimension(index + 1, values, 'organization.id = 1')),
    ...large.map((values, index) => dimension(index + 1, values.slice(0, small[index]), 'organization.id > 1')),
    dimension(4, methods, 'true'),
  ]
}
