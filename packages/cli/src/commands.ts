import type { Command } from 'commander'

/** One command: its name and summary for the list, and its file, which is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Adds options, help and the action to the command. */
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>
}

/** Every command. To add one: write its file, list it here. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'serve', summary: 'run the server', load: () => import('./commands/serve.ts') },
  {
    name: 'ingest',
    summary: 'read logs and send their calls to a server',
    load: () => import('./commands/ingest.ts'),
  },
  { name: 'query', summary: 'ask a server for usage', load: () => import('./commands/query.ts') },
  { name: 'live', summary: 'watch calls being counted', load: () => import('./commands/live.ts') },
  {
    name: 'config',
    summary: 'show the effective settings and where each came from',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'client',
    summary: 'list, make, change and delete OAuth clients',
    load: () => import('./commands/client.ts'),
  },
  {
    name: 'template',
    summary: 'import, list, try and delete route templates',
    load: () => import('./commands/template.ts'),
  },
]
