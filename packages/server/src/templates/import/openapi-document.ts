import { Refusal, shown } from '../../domain/refusal.ts'

/** An object of a parsed document. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function notOpenApi(why: string, came: unknown): Refusal {
  return new Refusal('constraint.validation', 'The document is no OpenAPI document: {why} [{value}].', {
    why,
    value: shown(came),
  })
}
