import type { ImportedTemplates, ReResolved, TemplateDocumentType } from '@routemeter/client'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Problem } from '../components/problem.tsx'
import { count } from '../format.ts'

/** Takes an OpenAPI document, dropped or chosen, and then counts anew what it explains. */
export function ImportTemplates({ onImported }: { onImported: () => void }) {
  const [problem, setProblem] = useState<unknown>()
  const [outcome, setOutcome] = useState<string>()
  const [isOver, setOver] = useState(false)
  const take = async (file: File | null | undefined) => {
    setOver(false)
    if (!file) return
    setProblem(undefined)
    try {
      const text = await file.text()
      const imported = await api.templates.import(text, { contentType: typeOf(file.name, text) })
      setOutcome(told(file.name, imported, await api.templates.reResolve()))
      onImported()
    } catch (error) {
      setProblem(error)
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    void take(event.dataTransfer?.files.item(0))
  }
  const over = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    <>
      <section
        class={isOver ? 'drop over' : 'drop'}
        aria-label="Import route templates"
        onDragOver={over}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p>Drop an OpenAPI file here (JSON or YAML), or a text with a template a line.</p>
        <label class="button">
          Choose a file
          <input
            class="hidden"
            type="file"
            accept=".json,.yaml,.yml,.txt"
            onChange={(event) => void take(event.currentTarget.files?.item(0))}
          />
        </label>
        <p role="status">{outcome}</p>
      </section>
      <Problem error={problem} />
    </>
  )
}

function typeOf(name: string, text: string): TemplateDocumentType {
  if (/\.ya?ml$/i.test(name)) return 'application/yaml'
  if (/\.json$/i.test(name) || text.trimStart().startsWith('{')) return 'application/json'
  return /^\s*(?:openapi|swagger)\s*:/m.test(text) ? 'application/yaml' : 'text/plain'
}

function told(name: string, { added, total }: ImportedTemplates, { calls }: ReResolved): string {
  return `${name}: ${count(added)} new templates, ${count(total)} in all. ${count(calls)} calls were counted anew.`
}
