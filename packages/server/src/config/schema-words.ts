import type { TSchema } from 'typebox'

/** The keys of a TypeBox schema that settings go by: it is a JSON Schema at run time. */
export interface JsonSchema extends TSchema {
  readonly type?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly description?: string
  /** What may stand there, where the schema does not say it well. */
  readonly mustBe?: string
}

/** What a schema takes, to read on after "must be": `a whole number from 0 to 65535`. */
export function schemaMustBe(schema: JsonSchema): string {
  if (schema.mustBe !== undefined) return schema.mustBe
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'object') return 'an object'
  return `one of ${schema.enum?.join(', ')}`
}
