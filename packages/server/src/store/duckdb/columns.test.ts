import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { INTERNED_DIMENSIONS } from '../../domain/catalogue.ts'
import { COUNTER_COLUMNS, DIMENSION_CODES, ROLLUPS, USAGE } from './columns.ts'
import { migrate } from './migrations.ts'

test('the tables have the columns that the catalogue asks for, in the order in which commits append them', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await migrate(connection, 0)
  const columnsOf = async (table: string) => {
    const rows = await connection.run(
      `SELECT column_name FROM duckdb_columns() WHERE table_name = '${table}' ORDER BY column_index`,
    )
    return (await rows.getRowsJS()).flat()
  }
  for (const { name, keys, dayKeys, sums, maxima } of ROLLUPS) {
    const counters = name === USAGE.name ? COUNTER_COLUMNS : ['calls']
    expect(await columnsOf(`${name}_delta`)).toEqual([...keys, ...counters, 'call'])
    expect(await columnsOf(`${name}_fine`)).toEqual([...keys, ...counters])
    expect(await columnsOf(`${name}_day`)).toEqual([...dayKeys, ...counters])
    expect([...sums, ...maxima].toSorted()).toEqual(counters.toSorted())
  }
  connection.closeSync()
  instance.closeSync()
})

test('every interned dimension has a number of its own in the dictionary', () => {
  const codes = INTERNED_DIMENSIONS.map((name) => DIMENSION_CODES[name])
  expect(new Set(codes).size).toBe(INTERNED_DIMENSIONS.length)
})
