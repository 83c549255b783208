/** The parts of JSON Schema that requests are described with. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly format?: string
  readonly minimum?: number
}

export interface SampleOptions {
  /** Fields that may be left out too. */
  readonly all: boolean
  /** What stands in a text of this name. */
  readonly textOf: (name: string, schema: JsonSchema) => string
}

/** A value that fits a schema. */
export function sample(schema: JsonSchema, options: SampleOptions, name = ''): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const [option] = schema.anyOf ?? []
  if (option !== undefined) return sample(option, options, name)
  switch (schema.type) {
    case 'object':
      return sampleObject(schema, options)
    case 'array':
      return [sample(schema.items ?? {}, options, name)]
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return false
    default:
      return options.textOf(name, schema)
  }
}

function sampleObject({ properties = {}, required = [] }: JsonSchema, options: SampleOptions): object {
  const names = Object.keys(properties).filter((name) => options.all || required.includes(name))
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] ?? {}, options, name)]))
}

/** Where in a value of a schema a text of the caller's own stands: `['filters', 'userIds', 0]`. */
export type Place = readonly (string | number)[]

export function textPlaces(schema: JsonSchema): readonly Place[] {
  if (schema.enum !== undefined || schema.const !== undefined) return []
  const [option] = schema.anyOf ?? []
  if (option !== undefined) return textPlaces(option)
  if (schema.type === 'string') return [[]]
  if (schema.type === 'array') return textPlaces(schema.items ?? {}).map((rest) => [0, ...rest])
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    textPlaces(field).map((rest) => [name, ...rest]),
  )
}

/** The value with a text put into a place; what is missing on the way there is made. */
export function withText(value: unknown, place: Place, text: string): unknown {
  const [step, ...rest] = place
  if (step === undefined) return text
  if (typeof step === 'number') return [withText(undefined, rest, text)]
  const object = typeof value === 'object' && value !== null ? value : {}
  return { ...object, [step]: withText((object as Record<string, unknown>)[step], rest, text) }
}
