import { Pointer } from 'typebox/value'
import { type FieldFault, Refusal, type RefusalCode, shown } from '../domain/refusal.ts'
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

/** Of a field in fault a program wants to know the name; more than these nobody reads. */
const MOST_DETAILS = 20

/** Keywords that are about names in an object, not about its value. */
const NAMING: ReadonlySet<string> = new Set(['required', 'additionalProperties'])

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
  const at = (pointer: string): unknown => (pointer === '' ? value : Pointer.Get(value, pointer))
  const findings = telling(problems).flatMap((problem) => {
    const found = {
      part,
      keyword: problem.keyword,
      value: at(problem.instancePath),
      schema: schemaAt(schema, problem.schemaPath),
    }
    return fieldNames(problem).map((field): Finding => ({ ...found, field }))
  })
  const [first] = findings
  if (first === undefined) throw new Error('validation failed without saying why')
  return worded(first, findings.map(fault).filter(isOfAField).slice(0, MOST_DETAILS))
}

/** Alternatives report each of their own failures first; what a caller wants to hear is about the whole. */
function telling(problems: readonly SchemaProblem[]): readonly SchemaProblem[] {
  const whole = problems.filter(({ keyword, schemaPath }) => keyword !== 'boolean' && !schemaPath.includes('/anyOf/'))
  return whole.length > 0 ? whole : problems
}

/** One of its own for each name that is missing or unknown. */
function fieldNames({ keyword, instancePath, params }: SchemaProblem): readonly string[] {
  const field = fieldName(instancePath)
  const { requiredProperties, additionalProperties } = params as Readonly<Record<string, readonly string[]>>
  const names = keyword === 'required' ? requiredProperties : additionalProperties
  if (names === undefined || !NAMING.has(keyword)) return [field]
  return names.map((name) => (field === '' ? shown(name) : `${field}.${shown(name)}`))
}

function fault(finding: Finding): FieldFault {
  return { errorCode: codeOf(finding), fieldName: finding.field }
}

function isOfAField({ fieldName }: FieldFault): boolean {
  return fieldName !== ''
}

function codeOf({ part, keyword, schema }: Finding): RefusalCode {
  if (part === 'querystring') return 'invalid.query.param.value'
  return !NAMING.has(keyword) && allowedValues(schema) !== undefined ? 'invalid.value' : 'bad.request'
}

function worded(finding: Finding, details: readonly FieldFault[]): Refusal {
  if (finding.keyword === 'required') return refuse(finding, details, ' is required.')
  if (finding.keyword === 'additionalProperties') return unknownField(finding, details)
  if (isRepeated(finding)) {
    return refuse(finding, details, ' is given more than once: [{value}].', { value: shown(finding.value) })
  }
  const allowed = allowedValues(finding.schema)
  return allowed === undefined ? misfit(finding, details) : outsideEnum(finding, details, allowed)
}

function unknownField(finding: Finding, details: readonly FieldFault[]): Refusal {
  const allowed = Object.keys(finding.schema.properties ?? {}).join(', ')
  return refuse(finding, details, ' is not known. Known fields are: {allowed}.', { allowed })
}

function outsideEnum(finding: Finding, details: readonly FieldFault[], allowed: readonly unknown[]): Refusal {
  return new Refusal(
    codeOf(finding),
    'Value [{value}] is not valid for [{field}]. Allowable values are: {allowed}',
    { value: shown(finding.value), field: finding.field, allowed: allowed.join(', ') },
    { details },
  )
}

function misfit(finding: Finding, details: readonly FieldFault[]): Refusal {
  const allowed = expectation(finding)
  return refuse(finding, details, ' must be {allowed}, not [{value}].', { allowed, value: shown(finding.value) })
}

function isRepeated({ part, value, schema }: Finding): boolean {
  return part === 'querystring' && Array.isArray(value) && schema.type !== 'array'
}

function refuse(
  finding: Finding,
  details: readonly FieldFault[],
  rest: string,
  params: Readonly<Record<string, string>> = {},
): Refusal {
  const { part, field } = finding
  const isWhole = field === ''
  const subject = isWhole ? 'The {field}' : SUBJECT[part]
  const named = isWhole ? { field: part === 'body' ? 'body' : 'query string' } : { field }
  return new Refusal(codeOf(finding), subject + rest, { ...named, ...params }, { details })
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
