import type { IncomingHttpHeaders } from 'node:http'
import type { CloudEventAttributes } from '../../ingest/sources/source.ts'

const PREFIX = 'ce-'
const MODES: readonly string[] = ['ce-specversion', 'ce-id']

/**
 * The attributes of a CloudEvent in binary mode, whose body is its data alone; undefined for any other request. Their
 * values are percent-encoded where they are not printable ASCII (CloudEvents over HTTP 1.0, §3.1.3.2).
 */
export function cloudEventAttributes(headers: IncomingHttpHeaders): CloudEventAttributes | undefined {
  if (!MODES.some((name) => headers[name] !== undefined)) return undefined
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX))
  return Object.fromEntries(
    attributes.map(([name, value]) => [name.slice(PREFIX.length), decoded([value].flat().join(', '))]),
  )
}

/** What is not percent-encoded after all stays as it is. */
function decoded(value: string): string {
  const text = value.replace(/^"(.*)"$/s, '$1')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
