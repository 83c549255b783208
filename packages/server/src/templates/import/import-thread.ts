import { parentPort, workerData } from 'node:worker_threads'
import { Refusal, type RefusalCode } from '../../domain/refusal.ts'
import { readTemplates, type TemplateDocument } from './read-templates.ts'

export type ThreadAnswer =
  | { readonly templates: readonly string[] }
  | {
      readonly refusal: {
        readonly code: RefusalCode
        readonly template: string
        readonly params: Readonly<Record<string, string>>
      }
    }

/** A thread that reads one document, so that events go on being counted meanwhile. */
parentPort?.postMessage(answerOf(workerData as TemplateDocument))

function answerOf(document: TemplateDocument): ThreadAnswer {
  try {
    return { templates: readTemplates(document) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, template, params } = error
    return { refusal: { code, template, params } }
  }
}
