import { rowWriter } from './usage-row-json.ts'
import type { TablePresenter } from './usage-table.ts'

/** A line of JSON a row, as in the JSON answer. */
export const usageNdjson: TablePresenter = {
  contentType: 'application/x-ndjson',
  async *present({ query, rows }) {
    const write = rowWriter(query)
    for await (const chunk of rows) yield chunk.map((row) => `${write(row)}\n`).join('')
  },
}
