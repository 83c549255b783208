import type { Command } from 'commander'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'
import { writeFields } from '../client/fields.ts'
import { DOCUMENT_FORMATS, type DocumentFormat, readTemplateDocument } from './document.ts'

interface ImportFlags extends AccessFlags {
  readonly format?: DocumentFormat
  readonly prefix?: string
  readonly reResolve?: boolean
  readonly json?: boolean
}

/** `routemeter template import` */
export function defineImport(parent: Command): void {
  const command = parent
    .command('import')
    .description(
      'Import route templates from an OpenAPI 2 or 3 document (JSON or YAML), or from\na list with a template a line, in the syntax of any framework.',
    )
    .argument('<source>', 'a file, an http or https address, or - for standard input')
  command
    .addOption(
      command
        .createOption('--format <format>', 'what the source is; by default it is looked at')
        .choices(DOCUMENT_FORMATS),
    )
    .option('--prefix <path>', 'where the API is mounted, such as /gateway')
    .option('--re-resolve', 'also count anew what was counted under folded paths')
    .option('--json', 'one JSON object')
    .action(importTemplates)
  addAccessFlags(command)
}

async function importTemplates(source: string, flags: ImportFlags): Promise<void> {
  const { templates } = clientFor(flags, process.env)
  const { text, contentType } = await readTemplateDocument(source, flags.format)
  try {
    const prefix = flags.prefix === undefined ? {} : { prefix: flags.prefix }
    const imported = await templates.import(text, { contentType, ...prefix })
    const resolved = flags.reResolve ? await templates.reResolve() : undefined
    if (flags.json) writeFields({ ...imported, ...(resolved ?? {}) }, flags)
    else writeFields({ ...imported, ...(resolved === undefined ? {} : { 'calls moved': resolved.calls }) }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}
