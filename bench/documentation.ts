import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from './bar-chart.ts'
import type { Figure } from './figure.ts'
import type { Machine } from './machine.ts'
import { PARTS } from './parts.ts'
import type { Results } from './results.ts'

const DOCS = join(import.meta.dirname, '../docs')
const PAGE = join(DOCS, 'performance.md')
const CHARTS = 'performance'
const [BEGIN, END] = ['<!-- figures: written by npm run bench -->', '<!-- end of figures -->']

/** Writes the figures into docs/performance.md, between its two marks, and their charts beside it. */
export function writeDocumentation({ machine, parts }: Results): void {
  const page = readFileSync(PAGE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for figures`)
  mkdirSync(join(DOCS, CHARTS), { recursive: true })
  const sections = PARTS.flatMap(({ name }) => {
    const part = parts[name]
    if (part === undefined) return []
    const charts = (part.charts ?? []).map((chart) => {
      writeFileSync(join(DOCS, CHARTS, `${chart.name}.svg`), barChart(chart))
      return `![${chart.title}](${CHARTS}/${chart.name}.svg)\n`
    })
    return [`## ${part.title}`, '', `${part.method} ${measuredWhen(part)}`, '', ...charts, table(part.figures), '']
  })
  const figures = [BEGIN, '', `Measured on ${inWords(machine)}.`, '', ...sections, ''].join('\n')
  writeFileSync(PAGE, page.slice(0, begin) + figures + page.slice(end))
  console.log(`wrote ${PAGE}`)
}

function measuredWhen({ measuredAt, load }: Results['parts'][string]): string {
  const before = load === undefined ? '' : ` with a load of ${load.toFixed(1)} before it began`
  return `Measured on ${measuredAt.slice(0, 10)}${before}.`
}

function inWords({ cores, model, memoryGib, kernel, node, duckdb, disk }: Machine): string {
  return `${cores} cores (${model}), ${memoryGib} GiB, ${kernel}, ${disk}; Node ${node.slice(1)}, DuckDB ${duckdb.slice(1)}`
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, against, ratio, target, note }) => {
    const told = target === undefined ? '' : `${target.text}: ${target.isMet ? 'met' : '**missed**'}`
    const cells = [name, value, against, ratio === undefined ? '' : ratio.toFixed(2), told, note ?? '']
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [
    '| figure | measured | against, in the same run | ratio | target | |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
