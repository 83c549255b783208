import { type Dimension, PLATFORM_METRICS } from '../../domain/catalogue.ts'
import { columnsOf, type UsageQuery } from '../../domain/usage-query.ts'
import type { UsageValue } from '../../store/usage-store.ts'
import type { UsageRow } from '../kept-rows.ts'
import type { Answer, Presenter } from './presenter.ts'

/** The dimensions of a row, in the order of its keys; every row has all of them (wire.md §3). */
export const RESULT_DIMENSIONS = [
  'clientId',
  'clientName',
  'organizationId',
  'userId',
  'templateUri',
  'httpMethod',
] as const satisfies readonly Dimension[]

/** The platform's ApiUsageQueryResult, byte for byte as it writes one. */
export const apiUsageQueryResult: Presenter = {
  contentType: 'application/json',
  async *present(answer: Answer) {
    // Its operations have no way to cancel, and no word for it.
    if (answer.state === 'failed' || answer.state === 'cancelled') yield '{"queryStatus":"Failed"}'
    else if (answer.state !== 'complete') yield '{"queryStatus":"Running"}'
    else yield* complete(answer)
  },
}

async function* complete(answer: Answer): AsyncGenerator<string> {
  const write = rowWriter(answer.query)
  let before = '{"results":['
  for await (const rows of answer.rows) {
    if (rows.length === 0) continue
    yield before + rows.map(write).join(',')
    before = ','
  }
  const cursors = answer.next === undefined ? '' : `,"cursors":{"after":"${answer.next.cursor}"}`
  yield `${before === ',' ? '' : before}],"queryStatus":"Complete"${cursors}}`
}

/** Writes a row's keys in the platform's order, each with what stands before its value. */
function rowWriter(query: UsageQuery): (row: UsageRow) => string {
  const columns = columnsOf(query)
  const dimensions = RESULT_DIMENSIONS.map((name) => ({
    key: name,
    column: columns.indexOf(name),
    write: onceEach(asText),
  }))
  const metrics = PLATFORM_METRICS.filter((name) => query.metrics.includes(name)).map((name) => ({
    key: name,
    column: columns.indexOf(name),
    write: asCount,
  }))
  const date =
    query.granularity === undefined ? [] : [{ key: 'date', column: columns.indexOf('time'), write: onceEach(asDate) }]
  const cells = [...dimensions, ...metrics, ...date].map((cell, index) => ({
    ...cell,
    before: `${index === 0 ? '{' : ','}"${cell.key}":`,
  }))
  return (row) => {
    let text = ''
    for (const { before, column, write } of cells) text += before + write(row[column])
    return `${text}}`
  }
}

/** The same few values come in row after row. */
const MOST_REMEMBERED = 1000

function onceEach(write: (value: UsageValue | undefined) => string): (value: UsageValue | undefined) => string {
  const written = new Map<UsageValue | undefined, string>()
  return (value) => {
    const known = written.get(value)
    if (known !== undefined) return known
    if (written.size === MOST_REMEMBERED) written.clear()
    const text = write(value)
    written.set(value, text)
    return text
  }
}

/** A dimension that was not grouped by has no column and is "". */
function asText(value: UsageValue | undefined): string {
  return JSON.stringify(String(value ?? ''))
}

function asCount(value: UsageValue | undefined): string {
  return String(value)
}

/** Without a fraction and with a literal Z: the Go SDK reads nothing else (wire.md §6). */
function asDate(value: UsageValue | undefined): string {
  return `"${new Date(Number(value)).toISOString().slice(0, 19)}Z"`
}
