import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api'

/** A value of a statement and its type, so that an empty list has one too. */
export interface SqlValue {
  readonly type: DuckDBType
  readonly value: DuckDBValue
}

export const integer = (value: number): SqlValue => ({ type: INTEGER, value })
export const bigint = (value: number): SqlValue => ({ type: BIGINT, value: BigInt(value) })
export const text = (value: string): SqlValue => ({ type: VARCHAR, value })
export const integers = (values: readonly number[]): SqlValue => ({ type: LIST(INTEGER), value: listValue(values) })
export const bigints = (values: readonly number[]): SqlValue => ({
  type: LIST(BIGINT),
  value: listValue(values.map(BigInt)),
})
export const unsigned = (values: readonly bigint[]): SqlValue => ({ type: LIST(UBIGINT), value: listValue(values) })
export const texts = (values: readonly string[]): SqlValue => ({ type: LIST(VARCHAR), value: listValue(values) })

/** Text and values of one statement; `$name` in the text is values.name. */
export interface Statement {
  readonly text: string
  readonly values: Readonly<Record<string, SqlValue>>
}

/** Values and types, the way DuckDB's client takes them. */
export function bound(values: Statement['values']): [Record<string, DuckDBValue>, Record<string, DuckDBType>] {
  const entries = Object.entries(values)
  return [
    Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    Object.fromEntries(entries.map(([name, { type }]) => [name, type])),
  ]
}

/** All rows of a statement, for the small ones. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: Statement['values'] = {},
): Promise<readonly (readonly DuckDBValue[])[]> {
  return (await connection.run(sql, ...bound(values))).getRows()
}
