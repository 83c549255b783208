import type { SuggestedTemplate, UnmatchedPath } from '@routemeter/client'
import type { Command } from 'commander'
import { type FormatFlags, type RowColumn, writeRows } from '../../output/rows.ts'
import { type AccessFlags, addAccessFlags, clientFor, problemOf } from '../../server-access.ts'

const PATHS: readonly RowColumn<UnmatchedPath>[] = [
  { heading: 'calls', kind: 'number', cell: ({ calls }) => calls.toLocaleString('en') },
  { heading: '404', kind: 'number', cell: ({ notFound }) => notFound.toLocaleString('en') },
  { heading: 'shape', kind: 'text', cell: ({ shape }) => shape },
  { heading: 'example', kind: 'text', cell: ({ example }) => example },
]

const SUGGESTIONS: readonly RowColumn<SuggestedTemplate>[] = [
  { heading: 'calls', kind: 'number', cell: ({ calls }) => calls.toLocaleString('en') },
  { heading: 'values', kind: 'number', cell: ({ values }) => values.toLocaleString('en') },
  { heading: 'template', kind: 'text', cell: ({ templateUri }) => templateUri },
  { heading: 'such as', kind: 'text', cell: ({ examples }) => examples.join(', ') },
]

interface UnmatchedFlags extends AccessFlags, FormatFlags {
  readonly suggestions?: boolean
}

/** `routemeter template unmatched` */
export function defineUnmatched(parent: Command): void {
  const command = parent
    .command('unmatched')
    .description('Show paths that no route template fits, as far as they were sampled.')
    .option('--suggestions', 'templates to import where many different texts stand at one\nplace')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .action(showUnmatched)
  addAccessFlags(command)
}

async function showUnmatched(flags: UnmatchedFlags): Promise<void> {
  const { templates } = clientFor(flags, process.env)
  try {
    const { entities, suggestions } = await templates.unmatched()
    if (flags.suggestions) {
      writeRows(suggestions, { columns: SUGGESTIONS, empty: 'There is nothing to suggest.' }, flags)
    } else
      writeRows(entities, { columns: PATHS, ...footerOf(suggestions), empty: 'Every path fits a template.' }, flags)
  } catch (error) {
    throw problemOf(error) ?? error
  }
}

function footerOf({ length }: readonly SuggestedTemplate[]): { footer?: string } {
  if (length === 0) return {}
  return { footer: `${length} suggested ${length === 1 ? 'template' : 'templates'}: see --suggestions` }
}
