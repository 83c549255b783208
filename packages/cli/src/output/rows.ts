import { type Column, renderTable } from './table.ts'

/** How a command with rows writes them: as its flags say, else a table on a terminal and NDJSON in a pipe. */
export type RowFormat = 'table' | 'ndjson'

export interface FormatFlags {
  readonly json?: boolean
  readonly table?: boolean
}

export function formatOf(flags: FormatFlags, isTerminal: boolean): RowFormat {
  if (flags.json) return 'ndjson'
  return flags.table || isTerminal ? 'table' : 'ndjson'
}

/** A column of a table and how to get its text from a row. */
export interface RowColumn<Row> extends Column {
  readonly cell: (row: Row) => string
}

/** What is written about rows. */
export interface RowsView<Row> {
  readonly columns: readonly RowColumn<Row>[]
  /** Stands under a table. */
  readonly footer?: string
  /** Stands in place of a table without rows. */
  readonly empty: string
}

/** Writes rows to standard output. */
export function writeRows<Row extends object>(rows: readonly Row[], view: RowsView<Row>, flags: FormatFlags): void {
  const { stdout } = process
  if (formatOf(flags, stdout.isTTY) === 'ndjson') stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  else stdout.write(rows.length === 0 ? `${view.empty}\n` : tableOf(rows, view))
}

function tableOf<Row>(rows: readonly Row[], { columns, footer }: RowsView<Row>): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  const table = renderTable(columns, cells, terminalWidth())
  return footer === undefined ? table : `${table}\n${footer}\n`
}

/** COLUMNS counts where the output is no terminal, as under `watch` or `less`. */
export function terminalWidth(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || 80)
}
