import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../packages/server/package.json' with { type: 'json' }
import { openTestApp } from '../packages/server/src/http/test-app.ts'

/**
 * docs/openapi.json: the document that the server makes of its operations, kept so that a change of the API is seen in
 * review. Run as a program it writes the file; the test beside it fails when the two differ.
 */
export const OPENAPI_FILE = join(import.meta.dirname, '../docs/openapi.json')

/** The document as text; its paths in alphabetical order, so that routes that only move make no difference. */
export async function openApiText(): Promise<string> {
  await using open = await openTestApp({ settings: { publicUrl: undefined } })
  const { info, ...document } = (await open.app.inject('/openapi.json')).json()
  const paths = Object.fromEntries(Object.entries(document.paths).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const kept = { openapi: document.openapi, info: { ...info, version: manifest.version }, ...document, paths }
  return `${JSON.stringify(kept, null, 2)}\n`
}

if (import.meta.main) writeFileSync(OPENAPI_FILE, await openApiText())
