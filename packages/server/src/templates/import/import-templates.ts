import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Refusal } from '../../domain/refusal.ts'
import type { ThreadAnswer } from './import-thread.ts'
import { readTemplates, type TemplateDocument } from './read-templates.ts'

/** Characters that are read in some ten milliseconds; the way to a thread takes longer. */
const SMALL = 64 * 1024
/** 16 MiB of YAML take half of it. */
const MOST_MS = 60_000

/** Where Node runs the sources themselves they end in .ts, and so does what a thread begins with. */
const ENTRY = new URL(`./import-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** As `readTemplates`, in a thread of its own where that takes long. */
export async function importedTemplates(document: TemplateDocument): Promise<readonly string[]> {
  if (document.text.length <= SMALL) return readTemplates(document)
  const worker = new Worker(ENTRY, { workerData: document, resourceLimits: { maxOldGenerationSizeMb: 1024 } })
  try {
    const [answer] = (await once(worker, 'message', { signal: AbortSignal.timeout(MOST_MS) })) as [ThreadAnswer]
    if ('templates' in answer) return answer.templates
    throw new Refusal(answer.refusal.code, answer.refusal.template, answer.refusal.params)
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (!isOutOfBounds(error)) throw error
    throw new Refusal('bad.request', 'The document takes too long or too much memory to read.', {}, { cause: error })
  } finally {
    await worker.terminate()
  }
}

function isOutOfBounds(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'AbortError' || ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
}
