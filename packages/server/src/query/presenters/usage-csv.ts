import { formatInstant } from '../../domain/periods.ts'
import { columnsOf, type UsageQuery } from '../../domain/usage-query.ts'
import type { UsageValue } from '../../store/usage-store.ts'
import { type TablePresenter, tableColumns } from './usage-table.ts'

/** What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/

/** CSV (RFC 4180) with every value as it is; a metric without any value is empty. */
export const usageCsv: TablePresenter = csvPresenter(exactly)

/** CSV to be opened in a spreadsheet: a text that would be taken for a formula gets a ' before it (decisions.md 25). */
export const usageSpreadsheetCsv: TablePresenter = csvPresenter((text) =>
  exactly(FORMULA.test(text) ? `'${text}` : text),
)

function csvPresenter(writeText: (text: string) => string): TablePresenter {
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    async *present({ query, rows }) {
      const writers = cellWriters(query, writeText)
      yield `${columnsOf(query).map(writeText).join(',')}\r\n`
      for await (const chunk of rows) {
        yield chunk.map((row) => `${writers.map((write, index) => write(row[index])).join(',')}\r\n`).join('')
      }
    },
  }
}

type CellWriter = (value: UsageValue | undefined) => string

function cellWriters(query: UsageQuery, writeText: (text: string) => string): readonly CellWriter[] {
  return tableColumns(query).map(({ kind }): CellWriter => {
    if (kind === 'instant') return (value) => formatInstant(Number(value), query.timeZone)
    if (kind === 'text') return (value) => writeText(String(value ?? ''))
    return (value) => String(value ?? '')
  })
}

function exactly(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
