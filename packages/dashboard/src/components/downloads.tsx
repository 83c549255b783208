import type { UsageFileFormat, UsageTableQuery } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Problem } from './problem.tsx'

/** The table's rows as files, all of them. A spreadsheet runs what looks like a formula (decisions.md 25). */
export function Downloads({ query, name }: { query: UsageTableQuery; name: string }) {
  const [problem, setProblem] = useState<unknown>()
  const save = async (format: UsageFileFormat, ending: string) => {
    try {
      setProblem(undefined)
      const rows = await api.usage.queryFile(query, format)
      hand(await new Response(rows).blob(), `${name}.${ending}`)
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <>
      <button type="button" class="plain" onClick={() => void save('csv-spreadsheet', 'csv')}>
        CSV
      </button>
      <button type="button" class="plain" onClick={() => void save('parquet', 'parquet')}>
        Parquet
      </button>
      <Problem error={problem} />
    </>
  )
}

function hand(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
