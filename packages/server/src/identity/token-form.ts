import { shown } from '../domain/refusal.ts'
import { OAuthRefusal } from './oauth-refusal.ts'

/** A request to POST /oauth/token. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The form's fields; anything but a record is a body that is no form. */
  readonly body: unknown
  /** Whom failed attempts are counted against, together with the client id. */
  readonly address: string
}

const FIELDS = ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier'] as const

/** The fields that came; an empty one counts as none. */
export type TokenForm = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>

const GRANT_TYPES: readonly string[] = ['client_credentials', 'authorization_code']

/** @throws OAuthRefusal for a body that is no form, repeats a field, or lacks what its grant type needs. */
export function readTokenForm({ headers, body }: TokenRequest): TokenForm {
  if (typeof body !== 'object' || body === null) throw notAForm(headers['content-type'])
  const form: Partial<Record<(typeof FIELDS)[number], string>> = {}
  for (const name of FIELDS) {
    const value = (body as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === '') continue
    if (typeof value !== 'string') throw new OAuthRefusal('invalid_request', `The field ${name} came more than once.`)
    form[name] = value
  }
  checkGrantType(form.grant_type)
  if (form.grant_type === 'authorization_code') checkCodeFields(form)
  return form
}

/** The refusal of a body with this Content-Type, or of none. */
export function notAForm(contentType: TokenRequest['headers'][string]): OAuthRefusal {
  return new OAuthRefusal(
    'invalid_request',
    `The body must be a form, Content-Type application/x-www-form-urlencoded; [${shown(contentType ?? '')}] came.`,
  )
}

function checkGrantType(grantType: string | undefined): void {
  const allowed = GRANT_TYPES.join(', ')
  if (grantType === undefined) {
    throw new OAuthRefusal('invalid_request', `The field grant_type is missing. Allowed: ${allowed}.`)
  }
  if (GRANT_TYPES.includes(grantType)) return
  throw new OAuthRefusal(
    'unsupported_grant_type',
    `The grant_type [${shown(grantType)}] is not supported. Allowed: ${allowed}.`,
  )
}

/** Here, because the library takes a request without a verifier for one of a client that lacks its secret. */
function checkCodeFields(form: TokenForm): void {
  for (const name of ['code', 'redirect_uri', 'code_verifier'] as const) {
    if (form[name] === undefined) throw new OAuthRefusal('invalid_request', `The field ${name} is missing.`)
  }
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(form.code_verifier ?? '')) return
  throw new OAuthRefusal('invalid_request', 'The code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~')
}
