import { DuckDBInstance } from '@duckdb/node-api'
import { planPeriods, tierOf } from '../../packages/server/src/store/duckdb/query-plan.ts'
import { bound, type Statement } from '../../packages/server/src/store/duckdb/sql.ts'
import { usageSelect } from '../../packages/server/src/store/duckdb/usage-select.ts'
import type { Question } from './questions.ts'

/** Milliseconds until DuckDB itself, in this process, has answered the store's own statement; many times in turn. */
export async function timeInDuckDb(
  usageFile: string,
  questions: readonly Question[],
  repeats: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const instance = await DuckDBInstance.create(usageFile)
  const connection = await instance.connect()
  const statements = await Promise.all(questions.map(statementOf))
  const times = new Map<string, number[]>(questions.map(({ name }) => [name, []]))
  for (let repeat = -2; repeat < repeats; repeat++) {
    for (const [index, { name }] of questions.entries()) {
      const { text, values } = statements[index] ?? { text: '', values: {} }
      const started = performance.now()
      const rows = (await connection.runAndReadAll(text, ...bound(values))).getRows()
      if (rows.length === 0) throw new Error('DuckDB has no rows')
      if (repeat >= 0) times.get(name)?.push(performance.now() - started)
    }
  }
  connection.closeSync()
  instance.closeSync()
  return times
}

async function statementOf({ organization, query }: Question): Promise<Statement> {
  const periods = await planPeriods(query, async () => query.interval)
  return usageSelect({ organizations: [organization], query, periods, tier: tierOf(query, periods), names: [] })
}
