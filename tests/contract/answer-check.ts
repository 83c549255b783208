import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** What of an OpenAPI 3.1 document says how operations answer. */
export interface AnswerDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
}

interface DocumentedOperation {
  readonly operationId?: string
  readonly responses: Readonly<Record<string, object>>
}

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, object>>
  readonly content?: Readonly<Record<string, object>>
}

interface DocumentedHeader {
  readonly required?: boolean
  readonly schema: { readonly type?: string }
}

/** An answer, and what it is the answer to. */
export interface Exchange {
  readonly method: string
  /** With or without a query. */
  readonly url: string
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Statuses that mean something to a caller: `default` does not document them. */
const TOLD = new Set([400, 401, 403, 404, 409, 413, 415, 429, 503])

/**
 * For tests: compares answers with what an OpenAPI document says of them: status, content type, headers and body, in
 * which fields that the document does not name are wrong too.
 * @returns what is wrong with an answer, naming the operation; nothing when it is as documented.
 */
export function answerCheck(document: AnswerDocument): (exchange: Exchange) => readonly string[] {
  const schemas = new Schemas(document)
  const templates = Object.keys(document.paths)
    .map((path) => ({ path, parameters: path.split('{').length, pattern: patternOf(path) }))
    .toSorted((a, b) => a.parameters - b.parameters)

  return (exchange) => {
    const [asked = ''] = exchange.url.split('?')
    const path = templates.find(({ pattern }) => pattern.test(asked))?.path
    const item = path === undefined ? undefined : document.paths[path]
    const method = exchange.method.toLowerCase()
    const operation = item?.[method] ?? (method === 'head' ? item?.get : undefined)
    const problems =
      operation === undefined
        ? undocumented(exchange, asked.startsWith('/oauth') ? 'OAuthError' : 'Error')
        : documented(exchange, operation.responses)
    const name = operation?.operationId === undefined ? '' : ` (${operation.operationId})`
    return problems.map(
      (problem) => `${exchange.method} ${path ?? asked}${name} answered ${exchange.status}: ${problem}`,
    )
  }

  /** Pages, which answer errors as pages too, and paths and methods that there are not. */
  function undocumented(exchange: Exchange, component: string): readonly string[] {
    const isPage = String(exchange.headers['content-type']).startsWith('text/html')
    const response = schemas.resolve({ $ref: `#/components/responses/${component}` })
    return exchange.status < 400 || isPage ? [] : compare(exchange, response as DocumentedResponse)
  }

  function documented(exchange: Exchange, responses: DocumentedOperation['responses']): readonly string[] {
    const { status } = exchange
    const response = responses[status] ?? (status >= 400 && !TOLD.has(status) ? responses.default : undefined)
    if (response !== undefined) return compare(exchange, schemas.resolve(response) as DocumentedResponse)
    const statuses = Object.keys(responses).join(', ')
    return [`the status is not documented (${statuses} are). A refusal that is the operation's own: config.refusals.`]
  }

  function compare(exchange: Exchange, { headers = {}, content }: DocumentedResponse): readonly string[] {
    return [...compareHeaders(exchange, headers), ...compareContent(exchange, content)]
  }

  function compareHeaders({ headers }: Exchange, documented: Readonly<Record<string, object>>): readonly string[] {
    return Object.entries(documented).flatMap(([name, reference]) => {
      const { required = false, schema } = schemas.resolve(reference) as DocumentedHeader
      const value = headers[name.toLowerCase()]
      if (value === undefined) return required ? [`the header ${name} is missing`] : []
      const isNumber = schema.type === 'integer' && /^\d+$/.test(String(value))
      return schemas.problems(schema, isNumber ? Number(value) : value).map((problem) => `the header ${name}${problem}`)
    })
  }

  function compareContent({ method, headers, body }: Exchange, content?: Readonly<Record<string, object>>) {
    if (method === 'HEAD') return []
    if (content === undefined) return body === '' ? [] : ['it has a body, and none is documented']
    const [type = ''] = String(headers['content-type'] ?? '').split(';')
    const { schema } = (content[type] ?? {}) as { schema?: object }
    if (schema === undefined) return [`the content type [${type}] is not documented (${Object.keys(content)} are)`]
    const value = parsed(type, body)
    return value === NOT_JSON
      ? ['the body is not JSON']
      : schemas.problems(schema, value).map((text) => `the body${text}`)
  }
}

const NOT_JSON = Symbol()

function parsed(contentType: string, body: string): unknown {
  if (contentType !== 'application/json') return body
  try {
    return JSON.parse(body)
  } catch {
    return NOT_JSON
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`)
}

/** The document's schemas, compiled when they are first needed. */
class Schemas {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
  readonly #document: object
  readonly #compiled = new Map<object, ValidateFunction>()

  constructor(document: object) {
    formats.default(this.#ajv)
    this.#document = document
    this.#ajv.addSchema(closed(document) as object, DOCUMENT)
  }

  /** The object itself, or the component that it refers to. */
  resolve(object: object): object {
    if (!('$ref' in object) || typeof object.$ref !== 'string') return object
    const steps = object.$ref.slice(2).split('/')
    const found = steps.reduce<unknown>(
      (node, step) => (node as Record<string, unknown> | undefined)?.[step],
      this.#document,
    )
    if (typeof found !== 'object' || found === null) throw new Error(`the document has no ${object.$ref}`)
    return found
  }

  problems(schema: object, value: unknown): readonly string[] {
    let validate = this.#compiled.get(schema)
    if (validate === undefined) {
      validate = this.#ajv.compile(withWholeReferences(closed(schema)) as object)
      this.#compiled.set(schema, validate)
    }
    return validate(value) ? [] : (validate.errors ?? []).map(inWords)
  }
}

const DOCUMENT = 'the-document'

function inWords({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}

/** Objects have the fields that are named and no other, unless they say that they do. */
function closed(node: unknown): unknown {
  return mapped(node, (object) => {
    const isOpen = object.type !== 'object' || object.properties === undefined || 'additionalProperties' in object
    return isOpen || 'patternProperties' in object ? object : { ...object, additionalProperties: false }
  })
}

function withWholeReferences(node: unknown): unknown {
  return mapped(node, (object) => {
    const { $ref } = object
    return typeof $ref === 'string' && $ref.startsWith('#') ? { ...object, $ref: DOCUMENT + $ref } : object
  })
}

type Node = Readonly<Record<string, unknown>>

function mapped(node: unknown, change: (object: Node) => Node): unknown {
  if (Array.isArray(node)) return node.map((item) => mapped(item, change))
  if (typeof node !== 'object' || node === null) return node
  return change(Object.fromEntries(Object.entries(node).map(([key, value]) => [key, mapped(value, change)])))
}
