import type { CompiledQuery } from 'kysely'
import type { MetadataDatabase } from './database.ts'

interface Compiled<Name extends string, Row> {
  readonly query: CompiledQuery<Row>
  /** Which parameter of the query stands for which name. */
  readonly names: readonly (Name | undefined)[]
}

/**
 * A query that every request asks. It is built and compiled once for each database: that costs four times what asking it
 * does.
 */
export class RepeatedQuery<Name extends string, Row> {
  readonly #build: (
    database: MetadataDatabase,
    values: Readonly<Record<Name, string>>,
  ) => { compile(): CompiledQuery<Row> }
  readonly #names: readonly Name[]
  readonly #compiled = new WeakMap<MetadataDatabase, Compiled<Name, Row>>()

  /** @param build the query with these values, which must be parameters of it wherever they stand. */
  constructor(
    names: readonly Name[],
    build: (database: MetadataDatabase, values: Readonly<Record<Name, string>>) => { compile(): CompiledQuery<Row> },
  ) {
    this.#names = names
    this.#build = build
  }

  async first(database: MetadataDatabase, values: Readonly<Record<Name, string | number>>): Promise<Row | undefined> {
    const { query, names } = this.#compiled.get(database) ?? this.#compile(database)
    const parameters = query.parameters.map((value, index) => {
      const name = names[index]
      return name === undefined ? value : values[name]
    })
    const { rows } = await database.executeQuery<Row>({ ...query, parameters })
    return rows[0]
  }

  #compile(database: MetadataDatabase): Compiled<Name, Row> {
    const standIn = (name: Name) => `stands for ${name}`
    const values = Object.fromEntries(this.#names.map((name) => [name, standIn(name)])) as Record<Name, string>
    const query = this.#build(database, values).compile()
    const names = query.parameters.map((value) => this.#names.find((name) => standIn(name) === value))
    const compiled = { query, names }
    this.#compiled.set(database, compiled)
    return compiled
  }
}
