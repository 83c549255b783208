import { describeConfig } from '@routemeter/server'
import type { Command } from 'commander'
import { type FormatFlags, writeRows } from '../output/rows.ts'
import { addSettingFlags, settingsFor } from '../setting-flags.ts'

/** `routemeter config`: the settings that `serve` would start with here, and where each came from. */
export function define(command: Command): void {
  command
    .description('Show the settings that `routemeter serve` would start with here, and where each came from.')
    .option('--json', 'one JSON object a line, as in a pipe')
    .option('--table', 'a table, as on a terminal')
    .action((flags: FormatFlags) => showConfig(command, flags))
  addSettingFlags(command)
}

function showConfig(command: Command, flags: FormatFlags): void {
  const { config, origins } = settingsFor(command)
  const columns = [
    { heading: 'setting', kind: 'label', cell: ({ setting }) => setting },
    { heading: 'value', kind: 'text', cell: ({ value }) => shown(value) },
    { heading: 'from', kind: 'text', cell: ({ from }) => from },
  ] as const satisfies Parameters<typeof writeRows<ReturnType<typeof describeConfig>[number]>>[1]['columns']
  writeRows(describeConfig(config, origins), { columns, empty: '' }, flags)
}

function shown(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '-'
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return JSON.stringify(value)
  return String(value)
}
