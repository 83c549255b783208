import { DIMENSIONS, OVERFLOW, UNMATCHED } from '../../domain/catalogue.ts'
import { Refusal, shown } from '../../domain/refusal.ts'
import { isLongerThan } from '../../domain/text-length.ts'
import { normalizeTemplate } from '../template-syntax.ts'
import { parseJsonDocument } from './json-document.ts'
import { openApiTemplates } from './openapi-templates.ts'
import { listedTemplates } from './template-list.ts'
import { parseYamlDocument } from './yaml-document.ts'

/** What route templates are imported from: an OpenAPI document in JSON or YAML, JSON `{templateUris: […]}`, lines of text. */
export type DocumentFormat = 'json' | 'yaml' | 'list'

export interface TemplateDocument {
  readonly format: DocumentFormat
  readonly text: string
  /** Where the API is mounted, beside what the document’s own servers or basePath say; "" at the root. */
  readonly prefix: string
}

const LONGEST = DIMENSIONS.templateUri.longest
const RESERVED: ReadonlySet<string> = new Set([OVERFLOW, UNMATCHED, '(other)'])

/**
 * The route templates of a document, each once, in the form of `normalizeTemplate`.
 * @throws Refusal bad.request for what cannot be read; constraint.validation for a document that has no route templates
 *   in it, or one that cannot be kept.
 */
export function readTemplates({ format, text, prefix }: TemplateDocument): readonly string[] {
  const templates = new Set<string>()
  for (const written of writtenTemplates(format, text)) {
    const template = normalizeTemplate(`${prefix}/${pathOf(written)}`)
    checkTemplate(template, written)
    templates.add(template)
  }
  return [...templates]
}

function writtenTemplates(format: DocumentFormat, text: string): Iterable<string> {
  if (format === 'list') return listedTemplates(text)
  const document = format === 'json' ? parseJsonDocument(text) : parseYamlDocument(text)
  return givenTemplates(document) ?? openApiTemplates(document)
}

/** `{templateUris: […]}` */
function givenTemplates(document: unknown): readonly string[] | undefined {
  if (typeof document !== 'object' || document === null || !('templateUris' in document)) return undefined
  const { templateUris } = document
  if (Array.isArray(templateUris) && templateUris.every((value) => typeof value === 'string')) return templateUris
  throw new Refusal('invalid.value', 'The field [templateUris] must be a list of texts, not [{value}].', {
    value: shown(templateUris),
  })
}

/** Behind a prefix a URL’s host would be a part of the path. */
function pathOf(template: string): string {
  return template.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
}

function checkTemplate(template: string, written: string): void {
  const why = RESERVED.has(template)
    ? 'stands for calls that no template fits'
    : isLongerThan(template, LONGEST)
      ? `has more than the ${LONGEST} characters that a template may have`
      : template.includes('\0') || !template.isWellFormed()
        ? 'has NUL or half a surrogate pair in it'
        : undefined
  if (why === undefined) return
  throw new Refusal('constraint.validation', 'The route template [{template}] {why}.', {
    template: shown(written.replaceAll('\0', '\\u0000')),
    why,
  })
}
