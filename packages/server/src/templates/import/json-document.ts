import { Refusal } from '../../domain/refusal.ts'

/** @throws Refusal bad.request saying where it stops being JSON. */
export function parseJsonDocument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 200) : ''
    throw new Refusal('bad.request', 'The document is not JSON: {reason}', { reason })
  }
}
