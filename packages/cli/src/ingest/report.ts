import { harmless } from '../output/harmless.ts'
import type { Summary, Totals } from './totals.ts'
import { formatCount, formatDuration } from './words.ts'

export interface ReportFlags {
  readonly json?: boolean
}

/** The summary at the end: for people on a terminal, else one line of JSON. */
export function writeSummary(summary: Summary, totals: Totals, seconds: number, flags: ReportFlags): void {
  const { stdout } = process
  if (flags.json || !stdout.isTTY) stdout.write(`${JSON.stringify(summary)}\n`)
  else stdout.write(`${summaryText(summary, totals.examples, seconds)}\n`)
}

export function summaryText(summary: Summary, examples: ReadonlyMap<string, string>, seconds: number): string {
  const { read, accepted, duplicates, rejected, reasons, unmatched, excluded } = summary
  const rate = seconds > 0 ? `, ${formatCount(Math.round(read / seconds))}/s` : ''
  const row = (count: number, text: string) => `${formatCount(count).padStart(14)}  ${text}`
  return [
    row(read, `calls read in ${formatDuration(seconds)}${rate}`),
    row(accepted, 'accepted'),
    row(duplicates, 'duplicates, counted before'),
    ...(excluded === undefined ? [] : [row(excluded, 'excluded')]),
    row(rejected, 'rejected'),
    ...Object.entries(reasons).map(([reason, count]) => {
      return `${row(count, `  ${reason}`)}: ${harmless(examples.get(reason) ?? '').replaceAll('\n', ' ')}`
    }),
    row(unmatched, 'with a path that fits no known route template'),
  ].join('\n')
}
