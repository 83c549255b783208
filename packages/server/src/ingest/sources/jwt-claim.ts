import { jsonField } from './json-field.ts'
import { parseJson } from './json-text.ts'

const PREFIX = 'jwt:'
const REFUSED = 401
/** Longer than any server takes a header to be. */
const LONGEST_TOKEN = 64 * 1024

/** Whether a log field of a field map is a claim: `jwt:HEADER.CLAIM`. */
export function isJwtClaim(name: string): boolean {
  return name.startsWith(PREFIX)
}

/**
 * The claim that a field map asks for. Nobody looks at the token's signature here: the gateway that answered did, and
 * where it answered 401 the token says nothing (decisions.md 25).
 * @param said what the log says of the header or log field HEADER.
 */
export function jwtClaim(name: string, status: number, said: (header: string) => unknown): unknown {
  if (status === REFUSED) return undefined
  const path = name.slice(PREFIX.length)
  // Both a log field and a claim may have dots: the first HEADER that has a token is meant.
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const claims = claimsOf(said(path.slice(0, dot)))
    if (claims !== undefined) return jsonField(claims, path.slice(dot + 1))
  }
  return undefined
}

function claimsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const text = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (typeof text !== 'string' || text.length > LONGEST_TOKEN) return undefined
  const payload = /^(?:[Bb]earer +)?[\w-]+\.([\w-]+)\.[\w-]*$/.exec(text.trim())?.[1]
  if (payload === undefined) return undefined
  try {
    const claims = parseJson(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
