import { STATUS_CODES } from 'node:http'
import { Type } from 'typebox'

export const ErrorBodySchema = Type.Object(
  {
    message: Type.String({ description: 'Names the field, what came and what is allowed.' }),
    code: Type.String({ description: 'For programs: invalid.value, not.found, too.many.requests, …' }),
    status: Type.Integer(),
    messageWithParams: Type.String({ description: 'The message before its parameters were filled in.' }),
    messageParams: Type.Record(Type.String(), Type.String()),
    contextId: Type.String({
      format: 'uuid',
      description: 'The answer’s ININ-Correlation-Id: name it when you ask for help.',
    }),
    details: Type.Array(
      Type.Object({ errorCode: Type.Optional(Type.String()), fieldName: Type.Optional(Type.String()) }),
      { description: 'The fields at fault, where they are known.' },
    ),
    errors: Type.Array(Type.Object({})),
    limit: Type.Optional(
      Type.Object(
        { key: Type.String(), namespace: Type.String(), value: Type.Integer() },
        { description: 'The rate limit that was exceeded.' },
      ),
    ),
  },
  { title: 'ErrorBody' },
)

const OAuthErrorBodySchema = Type.Object(
  {
    error: Type.String({ description: 'RFC 6749: invalid_request, invalid_client, …' }),
    error_description: Type.String(),
    description: Type.String({ description: 'The same as error_description.' }),
  },
  { title: 'OAuthErrorBody' },
)

/** The components that every operation's error answers refer to. */
export const ERROR_COMPONENTS = {
  schemas: { ErrorBody: ErrorBodySchema, OAuthErrorBody: OAuthErrorBodySchema },
  responses: {
    Error: errorResponse('Any error.', 'ErrorBody'),
    OAuthError: errorResponse('Any error, in OAuth’s own form.', 'OAuthErrorBody'),
  },
}

function errorResponse(description: string, schema: string) {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } }
}

interface Operation {
  readonly responses?: Record<string, unknown>
}

/** Adds to each operation what it answers when it refuses, and names the answers that nobody described. */
export function addOperationErrors(paths: Readonly<Record<string, object | undefined>>): void {
  for (const [path, item] of Object.entries(paths)) {
    const error = path.startsWith('/oauth/') ? 'OAuthError' : 'Error'
    for (const { responses } of Object.values(item ?? {}) as Operation[]) {
      if (responses === undefined) continue
      nameResponses(responses)
      responses.default ??= { $ref: `#/components/responses/${error}` }
    }
  }
}

function nameResponses(responses: Record<string, unknown>): void {
  for (const [status, response] of Object.entries(responses) as [string, { description?: string }][]) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[Number(status)] ?? 'The answer'
  }
}
