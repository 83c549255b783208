import { Refusal, shown } from '../../domain/refusal.ts'
import { usageCsv, usageSpreadsheetCsv } from '../../query/presenters/usage-csv.ts'
import { usageJson } from '../../query/presenters/usage-json.ts'
import { usageNdjson } from '../../query/presenters/usage-ndjson.ts'
import { usageParquet } from '../../query/presenters/usage-parquet.ts'
import type { TablePresenter } from '../../query/presenters/usage-table.ts'
import type { ParquetWriter } from '../../store/usage-store.ts'
import { acceptedType } from '../accept.ts'

/** Every format of usage, the default first. */
const USAGE_FORMATS = [
  'application/json',
  'text/csv',
  'application/x-ndjson',
  'application/vnd.apache.parquet',
] as const

/** What writes an answer as a caller wants it. */
export type PresenterFor = (accept: string | undefined, csv: 'exact' | 'spreadsheet' | undefined) => TablePresenter

/** @returns a function that throws Refusal not.acceptable for a caller who takes none of our formats. */
export function usagePresenters(parquet: ParquetWriter): PresenterFor {
  const parquetFile = usageParquet(parquet)
  return (accept, csv) => {
    const type = acceptedType(accept, USAGE_FORMATS)
    if (type === 'text/csv') return csv === 'spreadsheet' ? usageSpreadsheetCsv : usageCsv
    if (type === 'application/json') return usageJson
    if (type === 'application/x-ndjson') return usageNdjson
    if (type === 'application/vnd.apache.parquet') return parquetFile
    throw new Refusal('not.acceptable', 'The header [Accept] is [{value}]. Usage is answered as {allowed}.', {
      value: shown(accept ?? ''),
      allowed: USAGE_FORMATS.join(', '),
    })
  }
}
