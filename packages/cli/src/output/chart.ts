import { harmless } from './harmless.ts'

export interface Series {
  readonly label: string
  /** A value for each place in time; undefined where there was none. A single one is drawn as a bar. */
  readonly values: readonly (number | undefined)[]
}

export interface ChartOptions {
  readonly width: number
  /** Whether values that share a place are added up; else the greatest is shown. */
  readonly isSum: boolean
  readonly show: (value: number | undefined) => string
}

const STEPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const GAP = '  '
const SHORTEST_LABEL = 8
const SHORTEST_DRAWING = 10

/**
 * A line a series: its label, its course over time or a bar, and its total (or its greatest value), no wider than
 * `width`. All are drawn to one scale.
 */
export function chartOf(series: readonly Series[], options: ChartOptions): string {
  const labels = series.map(({ label }) => harmless(label).replaceAll('\n', ' '))
  const totals = series.map(({ values }) => together(values, options.isSum))
  const shown = totals.map((total) => options.show(total))
  const forTotal = longest(shown)
  const forLabel = Math.max(
    SHORTEST_LABEL,
    Math.min(longest(labels), options.width - forTotal - 4 - SHORTEST_DRAWING * 3),
  )
  const room = Math.max(SHORTEST_DRAWING, options.width - forLabel - forTotal - 2 * GAP.length)
  const places = series.map(({ values }) => inPlaces(values, room, options.isSum))
  const isBar = series.every(({ values }) => values.length === 1)
  const top = Math.max(...places.flat().map((value) => value ?? 0), 0)
  const drawn = places.map((values) => (isBar ? bar(values[0] ?? 0, top, room) : sparkline(values, top)))
  const forDrawing = longest(drawn)
  return drawn
    .map((drawing, index) => {
      const label = fitted(labels[index] ?? '', forLabel).padEnd(forLabel)
      const total = (shown[index] ?? '').padStart(forTotal)
      return `${label}${GAP}${drawing.padEnd(forDrawing)}${GAP}${total}\n`
    })
    .join('')
}

/** As many places as there is room for, each with the values of as many neighbours as needed. */
function inPlaces(
  values: readonly (number | undefined)[],
  room: number,
  isSum: boolean,
): readonly (number | undefined)[] {
  const each = Math.ceil(values.length / room)
  if (each <= 1) return values
  return Array.from({ length: Math.ceil(values.length / each) }, (_, place) =>
    together(values.slice(place * each, (place + 1) * each), isSum),
  )
}

function together(values: readonly (number | undefined)[], isSum: boolean): number | undefined {
  const given = values.filter((value) => value !== undefined)
  if (given.length === 0) return undefined
  return given.reduce((one, other) => (isSum ? one + other : Math.max(one, other)))
}

/** A place without anything is empty, one with a little is never. */
function sparkline(values: readonly (number | undefined)[], top: number): string {
  return values
    .map((value) => {
      if (value === undefined || value <= 0 || top === 0) return ' '
      return STEPS[Math.min(STEPS.length - 1, Math.ceil((value / top) * STEPS.length) - 1)] ?? ' '
    })
    .join('')
}

function bar(value: number, top: number, room: number): string {
  if (value <= 0 || top === 0) return ''
  const eighths = Math.max(1, Math.round((value / top) * room * EIGHTHS.length))
  return '█'.repeat(Math.floor(eighths / EIGHTHS.length)) + (EIGHTHS[eighths % EIGHTHS.length] ?? '')
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, [...text].length), 0)
}

/** Shortened in the middle, because route templates differ at their ends. */
function fitted(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`
}
