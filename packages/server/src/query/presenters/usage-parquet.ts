import type { ParquetWriter } from '../../store/usage-store.ts'
import { type TablePresenter, tableColumns } from './usage-table.ts'

/** A Parquet file: `time` an instant (UTC), counts and bytes integers, rates and milliseconds doubles, the rest text. */
export function usageParquet(writer: ParquetWriter): TablePresenter {
  return {
    contentType: 'application/vnd.apache.parquet',
    present: ({ query, rows }) => writer.write(tableColumns(query), rows),
  }
}
