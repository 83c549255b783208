import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import type { TemplateDocumentType } from '@routemeter/client'
import { CommandProblem, EXIT } from '../../exit-code.ts'

export const DOCUMENT_FORMATS = ['json', 'yaml', 'list'] as const
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number]

const CONTENT_TYPES: Readonly<Record<DocumentFormat, TemplateDocumentType>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  list: 'text/plain',
}
/** More than the server takes. */
const MOST_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 60_000

/**
 * The document that a file, an address or standard input has. An address is fetched here and never by the server
 * (decisions.md 25).
 * @throws CommandProblem when it cannot be read.
 */
export async function readTemplateDocument(
  source: string,
  format: DocumentFormat | undefined,
): Promise<{ readonly text: string; readonly contentType: TemplateDocumentType }> {
  const isAddress = /^https?:\/\//i.test(source)
  const text = isAddress ? await fetched(source) : await readLocal(source)
  return { text, contentType: CONTENT_TYPES[format ?? formatOf(text)] }
}

/** JSON begins with a brace; OpenAPI in YAML has its version at the left edge; what is neither is a list. */
function formatOf(text: string): DocumentFormat {
  if (/^\uFEFF?\s*\{/.test(text)) return 'json'
  return /^\uFEFF?(?:---\s*)?["']?(?:openapi|swagger)["']?\s*:/m.test(text) ? 'yaml' : 'list'
}

async function readLocal(source: string): Promise<string> {
  try {
    return source === '-' ? await textOf(process.stdin) : await readFile(source, 'utf8')
  } catch (error) {
    const what = source === '-' ? 'standard input' : source
    throw new CommandProblem(EXIT.failed, `${what} cannot be read: ${reasonOf(error)}`, { cause: error })
  }
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json, application/yaml, text/plain, */*' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`the answer was ${response.status}`)
    return await limitedText(response)
  } catch (error) {
    throw new CommandProblem(EXIT.failed, `${url} cannot be fetched: ${reasonOf(error)}`, { cause: error })
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new Error(`it is longer than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
