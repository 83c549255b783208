import { rowWriter } from './usage-row-json.ts'
import type { TablePresenter } from './usage-table.ts'

/** One JSON object: `rows`, then `meta`, which is known when the rows are (api.md §4). */
export const usageJson: TablePresenter = {
  contentType: 'application/json',
  async *present({ query, rows, meta }) {
    const write = rowWriter(query)
    let before = '{"rows":['
    for await (const chunk of rows) {
      if (chunk.length === 0) continue
      yield before + chunk.map(write).join(',')
      before = ','
    }
    yield `${before === ',' ? '' : before}],"meta":${JSON.stringify(meta())}}`
  },
}
