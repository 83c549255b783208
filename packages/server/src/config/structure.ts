import { Value } from 'typebox/value'
import { nearest } from './nearest.ts'
import { type JsonSchema, schemaMustBe } from './schema-words.ts'

/**
 * What is wrong with a value made of lists and objects: a line for every mistake, which begins with its place, such as
 * `issuers[0].audience is missing; it must be …`. None means that the schema takes it.
 */
export function structureMistakes(schema: JsonSchema, value: unknown, place: string): readonly string[] {
  if (schema.properties !== undefined) return objectMistakes(schema, schema.properties, value, place)
  if (schema.items?.properties !== undefined) return listMistakes(schema.items, value, place)
  return Value.Check(schema, value) ? [] : [`${place} must be ${schemaMustBe(schema)}, not ${shortened(value)}`]
}

function listMistakes(items: JsonSchema, value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value)) return [`${place} must be a list, not ${shortened(value)}`]
  return value.flatMap((item, index) => structureMistakes(items, item, `${place}[${index}]`))
}

function objectMistakes(
  { required = [] }: JsonSchema,
  fields: Readonly<Record<string, JsonSchema>>,
  value: unknown,
  place: string,
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${place} must be an object, not ${shortened(value)}`]
  }
  const given = new Map<string, unknown>(Object.entries(value))
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(fields, name))
  return [
    ...unknown.map((name) => `${place}.${name} is no field; ${advice(name, Object.keys(fields))}`),
    ...Object.entries(fields).flatMap(([name, field]) => {
      if (given.has(name)) return structureMistakes(field, given.get(name), `${place}.${name}`)
      const isNeeded = required.includes(name) && field.default === undefined
      return isNeeded ? [`${place}.${name} is missing; it must be ${schemaMustBe(field)}`] : []
    }),
  ]
}

function advice(mistyped: string, names: readonly string[]): string {
  const meant = nearest(mistyped, names)
  return meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
}

/** A value as a message shows it: on one line, and no longer than a line. */
export function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
