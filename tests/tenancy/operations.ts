import type { JsonSchema } from './sample.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}

/** One operation of the OpenAPI document. */
export interface Operation {
  /** `GET /v1/things/{thingId}` */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Without credentials, with them, or with those of a sender of events too. */
  readonly who: 'anybody' | 'caller' | 'sender'
  /** Nobody but the platform's administrator may. */
  readonly isPlatforms: boolean
  /** Its answer has no end: what is read of it is the first event. */
  readonly isStream: boolean
  readonly parameters: readonly Parameter[]
  readonly body: { readonly contentType: string; readonly schema: JsonSchema } | undefined
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
}

interface DocumentedOperation {
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly 'x-permissions'?: readonly string[]
  readonly parameters?: readonly (Omit<Parameter, 'in' | 'required'> & {
    readonly in: string
    readonly required?: boolean
  })[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

/** The first of these that an operation takes is how its body is sent. */
const CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded']

/** @throws Error for an operation that these tests would not know how to read. */
export function operationsOf(document: Document): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => operationOf(method.toUpperCase(), path, operation)),
  )
}

function operationOf(method: string, path: string, documented: DocumentedOperation): Operation {
  const { security = [], parameters = [], requestBody, responses, 'x-permissions': permissions = [] } = documented
  const name = `${method} ${path}`
  const schemes = security.flatMap(Object.keys)
  return {
    name,
    method,
    path,
    who: schemes.length === 0 ? 'anybody' : schemes.includes('ingestKey') ? 'sender' : 'caller',
    isStream: Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content),
    isPlatforms: permissions.length > 0 && permissions.every((permission) => permission === 'platform:admin'),
    parameters: parameters.flatMap((parameter) => {
      const { in: where, required = false } = parameter
      return where === 'path' || where === 'query' ? [{ ...parameter, in: where, required }] : []
    }),
    body: requestBody === undefined ? undefined : bodyOf(name, requestBody.content),
  }
}

function bodyOf(name: string, content: Readonly<Record<string, { readonly schema: JsonSchema }>>) {
  for (const contentType of CONTENT_TYPES) {
    const { schema } = content[contentType] ?? {}
    if (schema !== undefined) return { contentType, schema }
  }
  throw new Error(`${name} takes no body that the tenancy test knows how to make: ${Object.keys(content)}`)
}
