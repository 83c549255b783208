import { Pointer } from 'typebox/value'
import { Refusal, type RefusalCode, shown } from '../domain/refusal.ts'
import { allowedValues, type SchemaNode } from './canonical-input.ts'

/** Which part of a request does not fit its schema. */
export type RequestPart = 'body' | 'querystring' | 'headers'

/** One of typebox's findings; `params` depends on the keyword. */
export interface SchemaProblem {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: object
}

interface Finding {
  readonly part: RequestPart
  readonly keyword: string
  readonly field: string
  readonly value: unknown
  readonly schema: SchemaNode
}

const SUBJECT: Readonly<Record<RequestPart, string>> = {
  body: 'The field [{field}]',
  querystring: 'The query parameter [{field}]',
  headers: 'The header [{field}]',
}

const ARTICLE_AND_TYPE: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

const FORMAT: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  'date-time': 'a date and time (RFC 3339)',
  date: 'a date (yyyy-MM-dd)',
  uri: 'a URI',
  email: 'an e-mail address',
}

/**
 * Says of input that does not fit which field it is, what came and what is allowed (wire.md §2).
 * @param problems what typebox found, at least one.
 */
export function schemaRefusal(
  part: RequestPart,
  schema: SchemaNode,
  value: unknown,
  problems: readonly SchemaProblem[],
): Refusal {
  const problem = mostTelling(problems)
  const at = (pointer: string): unknown => (pointer === '' ? value : Pointer.Get(value, pointer))
  const finding: Finding = {
    part,
    keyword: problem.keyword,
    field: fieldName(problem.instancePath),
    value: at(problem.instancePath),
    schema: schemaAt(schema, problem.schemaPath),
  }
  if (problem.keyword === 'required') return missing(finding, problem.params)
  if (problem.keyword === 'additionalProperties') return unknownField(finding, problem.params)
  const allowed = allowedValues(finding.schema)
  return allowed === undefined ? misfit(finding) : outsideEnum(finding, allowed)
}

/** Alternatives report each of their own failures first; what a caller wants to hear is about the whole. */
function mostTelling(problems: readonly SchemaProblem[]): SchemaProblem {
  const whole = problems.filter(({ keyword, schemaPath }) => keyword !== 'boolean' && !schemaPath.includes('/anyOf/'))
  const [first] = whole.length > 0 ? whole : problems
  if (first === undefined) throw new Error('validation failed without saying why')
  return first
}

function missing(finding: Finding, params: object): Refusal {
  const [name = ''] = (params as { requiredProperties?: readonly string[] }).requiredProperties ?? []
  const field = finding.field === '' ? name : `${finding.field}.${name}`
  return refuse(finding, 'bad.request', ' is required.', { field })
}

function unknownField(finding: Finding, params: object): Refusal {
  const [name = ''] = (params as { additionalProperties?: readonly string[] }).additionalProperties ?? []
  const field = finding.field === '' ? shown(name) : `${finding.field}.${shown(name)}`
  const allowed = Object.keys(finding.schema.properties ?? {}).join(', ')
  return refuse(finding, 'bad.request', ' is not known. Known fields are: {allowed}.', { field, allowed })
}

function outsideEnum(finding: Finding, allowed: readonly unknown[]): Refusal {
  if (isRepeated(finding)) return repeated(finding)
  const code = finding.part === 'querystring' ? 'invalid.query.param.value' : 'invalid.value'
  const { field, value } = finding
  return new Refusal(code, 'Value [{value}] is not valid for [{field}]. Allowable values are: {allowed}', {
    value: shown(value),
    field,
    allowed: allowed.join(', '),
  })
}

function misfit(finding: Finding): Refusal {
  if (isRepeated(finding)) return repeated(finding)
  const allowed = expectation(finding)
  return refuse(finding, 'bad.request', ' must be {allowed}, not [{value}].', { allowed, value: shown(finding.value) })
}

function isRepeated({ part, value, schema }: Finding): boolean {
  return part === 'querystring' && Array.isArray(value) && schema.type !== 'array'
}

function repeated(finding: Finding): Refusal {
  return refuse(finding, 'bad.request', ' is given more than once: [{value}].', { value: shown(finding.value) })
}

function refuse(finding: Finding, code: RefusalCode, rest: string, params: Record<string, string>): Refusal {
  const { part, field } = finding
  const isWhole = (params.field ?? field) === ''
  const subject = isWhole ? 'The {field}' : SUBJECT[part]
  const named = isWhole ? { field: part === 'body' ? 'body' : 'query string' } : { field }
  return new Refusal(part === 'querystring' ? 'invalid.query.param.value' : code, subject + rest, {
    ...named,
    ...params,
  })
}

function expectation({ keyword, schema }: Finding): string {
  switch (keyword) {
    case 'minimum':
    case 'maximum':
      return `${ARTICLE_AND_TYPE[schema.type ?? 'number']} of ${range(schema.minimum, schema.maximum)}`
    case 'minLength':
    case 'maxLength':
      return `a string of ${range(schema.minLength, schema.maxLength)} characters`
    case 'minItems':
    case 'maxItems':
      return `a list of ${range(schema.minItems, schema.maxItems)} values`
    case 'uniqueItems':
      return 'a list without duplicates'
    case 'format':
      return FORMAT[schema.format ?? ''] ?? `of the format ${schema.format}`
    case 'pattern':
      return schema.description ?? typesOf(schema)
    default:
      return typesOf(schema)
  }
}

function typesOf(schema: SchemaNode): string {
  const types = (schema.anyOf ?? [schema]).map((option) => ARTICLE_AND_TYPE[option.type ?? ''] ?? 'as documented')
  return [...new Set(types)].join(' or ')
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return `up to ${most}`
  return most === undefined ? `at least ${least}` : `${least} to ${most}`
}

/** `/filters/clientId/0` as people write it: `filters.clientId[0]`. */
function fieldName(instancePath: string): string {
  const steps = [...Pointer.Indices(instancePath)].map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${shown(step)}`))
  return steps.join('').replace(/^\./, '')
}

function schemaAt(schema: SchemaNode, schemaPath: string): SchemaNode {
  const pointer = schemaPath.replace(/^#/, '')
  return pointer === '' ? schema : ((Pointer.Get(schema, pointer) as SchemaNode | undefined) ?? {})
}
