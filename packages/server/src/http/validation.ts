import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Refusal, shown } from '../domain/refusal.ts'
import { canonicalInput, type InputStyle } from './canonical-input.ts'
import { notFound } from './error-answers.ts'
import { schemaRefusal } from './schema-refusal.ts'

/**
 * Turns an operation's schemas into what reads its input: first to the schema's own spelling, then checked. Handlers
 * see only what fits; everything else is a Refusal that names the field. Operations of the platform (under /api/) are
 * read as leniently as official clients need, our own refuse fields they do not know (decisions.md 13).
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, url, httpPart }) => {
  const validator = Compile(schema)
  const part = httpPart === 'querystring' || httpPart === 'headers' ? httpPart : 'body'
  const style: InputStyle = { lenient: url?.startsWith('/api/') ?? false, text: part !== 'body' }
  return (given: unknown) => {
    // An id that is not even shaped like one names nothing.
    if (httpPart === 'params') {
      return validator.Check(given) && nameWithNul(given) === undefined ? { value: given } : { error: notFound() }
    }
    // Headers that the schema does not name are for others.
    if (part === 'headers') return validator.Check(given) ? { value: given } : refuse(given)
    const nul = part === 'querystring' ? nameWithNul(given) : undefined
    if (nul !== undefined) return { error: nulRefusal(nul) }
    const value = canonicalInput(schema, given, style)
    return validator.Check(value) ? { value } : refuse(value)
  }

  function refuse(value: unknown): { error: Error } {
    return { error: schemaRefusal(part, schema, value, validator.Errors(value)) }
  }
}

/** In bodies, json-body.ts refuses it for the same reason: not every database keeps it. */
function nameWithNul(given: unknown): string | undefined {
  return Object.entries(given ?? {}).find(([, value]) => [value].flat().some(hasNul))?.[0]
}

function hasNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0')
}

function nulRefusal(field: string): Refusal {
  return new Refusal('invalid.query.param.value', 'The query parameter [{field}] has NUL in it.', {
    field: shown(field),
  })
}
