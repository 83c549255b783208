/** One measured figure: what was measured, against what in the same run, and the target of design.md §9. */
export interface Figure {
  readonly name: string
  readonly value: string
  readonly against: string
  /** The value by what it is held against; undefined where neither is a part of the other. */
  readonly ratio?: number
  readonly target?: Target
  /** What the other side does not do at this speed, or why there is no figure. */
  readonly note?: string
}

export interface Target {
  readonly text: string
  readonly isMet: boolean
}

/** Bars that are compared by their length. */
export interface Chart {
  /** The file's name, without its ending. */
  readonly name: string
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Bar {
  /** Bars with the same group stand together under it. */
  readonly group?: string
  readonly label: string
  readonly value: number
  readonly text: string
  /** Whose it is: Routemeter's, another's, or a limit that nobody passes. */
  readonly kind: 'ours' | 'other' | 'limit'
}

/** What a part of the benchmark has measured. */
export interface Measured {
  readonly figures: readonly Figure[]
  readonly charts?: readonly Chart[]
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, against, ratio, target, note } of figures) {
    console.log(`${name}\n  ${value}${against === '' ? '' : `; ${against}`}`)
    if (ratio !== undefined) console.log(`  ratio ${ratio.toFixed(2)}`)
    if (target !== undefined) console.log(`  target ${target.text}: ${target.isMet ? 'met' : 'missed'}`)
    if (note !== undefined) console.log(`  ${note}`)
  }
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value that the part of the others is not greater than. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** `226 thousand` of 226,123. */
export function thousands(count: number): string {
  return `${Math.round(count / 1000).toLocaleString('en-US')} thousand`
}

export function atLeast(least: number, reached: number, unit = ''): Target {
  return { text: `≥ ${least.toLocaleString('en-US')}${unit}`, isMet: reached >= least }
}

export function atMost(most: number, reached: number, unit = ''): Target {
  return { text: `≤ ${Number(most.toFixed(1)).toLocaleString('en-US')}${unit}`, isMet: reached <= most }
}
