import { styleText } from 'node:util'
import Table from 'cli-table3'
import { harmless } from './harmless.ts'

export interface Column {
  readonly heading: string
  /** Ids are shortened first, then texts too; labels never; nor numbers, which stand right. */
  readonly kind: 'id' | 'text' | 'label' | 'number'
}

/** Narrower than this a shortened text says nothing; the rows are then written one field a line. */
const NARROWEST = 6
/** An id is still recognized by as much of it. */
const SHORT_ID = 13
const GAP = 2
/** The table library's time grows with the square of a table's rows. */
const ROWS_AT_ONCE = 20
const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'mid', 'right']
    .flatMap((side) => [side, `${side}-left`, `${side}-mid`, `${side}-right`])
    .concat('middle')
    .map((name) => [name, '']),
)

/**
 * Rows as a table of at most `width` columns, with a line end: long texts are shortened with … in their middle, because
 * route templates differ at their ends. What cannot be made to fit is written one field a line.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const cells = rows.map((row) => row.map((cell) => harmless(cell).replaceAll('\n', ' ')))
  const widths = fittingWidths(columns, cells, width)
  return widths === undefined ? stacked(columns, cells, width) : tabular(columns, cells, widths)
}

function tabular(columns: readonly Column[], rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const fitted = (cells: readonly string[]) => cells.map((cell, index) => shortened(cell, widths[index]))
  const headings = fitted(columns.map(({ heading }) => heading)).map((heading) => styleText('bold', heading))
  const lines = [headings, ...rows.map(fitted)]
  const parts: string[] = []
  for (let first = 0; first < lines.length; first += ROWS_AT_ONCE) {
    parts.push(laidOut(columns, lines.slice(first, first + ROWS_AT_ONCE), widths))
  }
  return parts.join('')
}

function laidOut(columns: readonly Column[], rows: readonly string[][], widths: readonly number[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
    colWidths: widths.map((width) => width + GAP),
    colAligns: columns.map(({ kind }) => (kind === 'number' ? 'right' : 'left')),
  })
  table.push(...rows)
  const lines = table.toString().split('\n')
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function stacked(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const label = Math.max(...columns.map(({ heading }) => heading.length))
  return rows
    .map((row) =>
      columns
        .map(({ heading }, index) => {
          const value = shortened(row[index] ?? '', Math.max(NARROWEST, width - label - GAP))
          return `${heading.padEnd(label + GAP)}${value}\n`
        })
        .join(''),
    )
    .join('\n')
}

/** The widths of the columns: what they need, less what the widest texts have to give; undefined when it is too much. */
function fittingWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly number[] | undefined {
  const widths = columns.map(({ heading }, index) =>
    rows.reduce((widest, row) => Math.max(widest, lengthOf(row[index] ?? '')), heading.length),
  )
  let excess = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width
  const widthOf = (index: number) => widths[index] ?? 0
  const giving = (kinds: readonly Column['kind'][], least: number) =>
    [...columns.keys()]
      .filter((index) => kinds.includes(columns[index]?.kind ?? 'label') && widthOf(index) > least)
      .reduce<number | undefined>((a, b) => (a !== undefined && widthOf(a) >= widthOf(b) ? a : b), undefined)
  for (; excess > 0; excess--) {
    const gives = giving(['id'], SHORT_ID) ?? giving(['id', 'text'], NARROWEST)
    if (gives === undefined) return undefined
    widths[gives] = widthOf(gives) - 1
  }
  return widths
}

/** In code points; where characters are wide, the table library shortens a little more. */
function lengthOf(text: string): number {
  return [...text].length
}

function shortened(text: string, width = 0): string {
  const characters = [...text]
  if (characters.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  const tail = width - 1 - head
  return `${characters.slice(0, head).join('')}…${tail > 0 ? characters.slice(-tail).join('') : ''}`
}
