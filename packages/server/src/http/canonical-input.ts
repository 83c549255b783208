/** The parts of JSON Schema that our own schemas are made of; typebox writes them. */
export interface SchemaNode {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: boolean | SchemaNode
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly format?: string
  readonly description?: string
}

export interface InputStyle {
  /** `[]`, `""` and null mean "not given" (but for lists with `minItems: 0`), fields that the schema does not name are ignored (wire.md §2). */
  readonly lenient: boolean
  /** Everything is text, as in a query string: numbers and booleans are read from it. */
  readonly text: boolean
}

/**
 * What came, in the spelling that the schema uses: words of an enum in any case become its own word. What does not fit
 * the schema is left as it is, for validation to refuse. Never changes its argument.
 */
export function canonicalInput(schema: SchemaNode, value: unknown, style: InputStyle): unknown {
  if (
    schema.properties !== undefined &&
    (value === null || value === undefined || (style.lenient && isNotGiven(value)))
  ) {
    return {}
  }
  return canonical(schema, value, style)
}

function canonical(schema: SchemaNode, value: unknown, style: InputStyle): unknown {
  if (typeof value === 'string') {
    const word = wordOf(schema, value)
    if (word !== undefined) return word
    if (style.text) return fromText(schema, value, style)
    return value
  }
  if (Array.isArray(value)) return value.map((item) => canonical(itemsOf(schema), item, style))
  if (isPlainObject(value)) return canonicalFields(schema, value, style)
  return value
}

function canonicalFields(schema: SchemaNode, value: Readonly<Record<string, unknown>>, style: InputStyle): unknown {
  const object = optionOf(schema, 'object')
  if (object === undefined) return value
  const fields: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(value)) {
    const field = fieldOf(object, name)
    if ((style.lenient || style.text) && isNotGiven(given) && !isEmptyOnPurpose(field, given)) continue
    if (field !== undefined) fields[name] = canonical(field, given, style)
    else if (!style.lenient && !style.text) fields[name] = given
  }
  return fields
}

/** The enum's word that is this one but for upper and lower case. */
function wordOf(schema: SchemaNode, value: string): string | undefined {
  const words = (allowedValues(schema) ?? []).filter((word) => typeof word === 'string')
  return words.includes(value) ? value : words.find((word) => word.toLowerCase() === value.toLowerCase())
}

/** The values of an enum, however it is written; undefined for a schema that also takes others. */
export function allowedValues(schema: SchemaNode): readonly unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum
  if (schema.const !== undefined) return [schema.const]
  if (schema.anyOf === undefined) return undefined
  const options = schema.anyOf.map(allowedValues)
  return options.every((option) => option !== undefined) ? options.flat() : undefined
}

function fromText(schema: SchemaNode, value: string, style: InputStyle): unknown {
  if (schema.type === 'array') return [canonical(itemsOf(schema), value, style)]
  if (schema.type === 'boolean' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  const isNumber = schema.type === 'integer' || schema.type === 'number'
  return isNumber && /^[+-]?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
}

function fieldOf(object: SchemaNode, name: string): SchemaNode | undefined {
  if (object.properties !== undefined && Object.hasOwn(object.properties, name)) return object.properties[name]
  const pattern = Object.entries(object.patternProperties ?? {}).find(([source]) => new RegExp(source, 'u').test(name))
  if (pattern !== undefined) return pattern[1]
  return typeof object.additionalProperties === 'object' ? object.additionalProperties : undefined
}

function itemsOf(schema: SchemaNode): SchemaNode {
  return optionOf(schema, 'array')?.items ?? {}
}

/** The schema itself or the one of its alternatives that is of this type. */
function optionOf(schema: SchemaNode, type: string): SchemaNode | undefined {
  return schema.type === type ? schema : schema.anyOf?.find((option) => option.type === type)
}

/** A list of which a schema says that it may be empty (`minItems: 0`): no official client sends it unasked. */
function isEmptyOnPurpose(field: SchemaNode | undefined, value: unknown): boolean {
  return field?.minItems === 0 && Array.isArray(value)
}

function isNotGiven(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}
