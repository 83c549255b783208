import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIMENSION_NAMES, DIMENSIONS, METRIC_NAMES, METRICS } from '../packages/server/src/domain/catalogue.ts'
import { GRANULARITIES } from '../packages/server/src/domain/usage-query.ts'

/**
 * The reference part of docs/usage.md, made from the catalogue between two markers. Run as a program it rewrites the
 * page; the test beside it fails when the page and the catalogue differ.
 */
export const USAGE_PAGE = join(import.meta.dirname, '../docs/usage.md')
const START = '<!-- from the catalogue: node scripts/usage-reference.ts -->'
const END = '<!-- end of the catalogue -->'

export function withReference(page: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error('docs/usage.md has lost its markers')
  return `${before}${START}\n${reference()}\n${END}${after}`
}

function reference(): string {
  const dimensions = DIMENSION_NAMES.map((name) => {
    const entry: { description: string; longest: number; cap?: number } = DIMENSIONS[name]
    return [`\`${name}\``, entry.description, count(entry.longest), entry.cap === undefined ? '' : count(entry.cap)]
  })
  const metrics = METRIC_NAMES.map((name) => {
    const { description, unit, notBy } = METRICS[name]
    return [`\`${name}\``, description, unit, notBy.map((dimension) => `\`${dimension}\``).join(', ')]
  })
  return [
    '### Dimensions',
    table(['dimension', 'what it is', 'longest value', 'different values before `(overflow)`'], dimensions),
    '### Metrics',
    table(['metric', 'what it is', 'unit', 'not kept by'], metrics),
    `### Granularities\n${GRANULARITIES.map((name) => `\`${name}\``).join(', ')}`,
  ].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

if (import.meta.main) writeFileSync(USAGE_PAGE, withReference(readFileSync(USAGE_PAGE, 'utf8')))
