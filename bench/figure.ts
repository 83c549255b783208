/** One measured figure: what was measured, against what in the same run, and the target of design.md §9. */
export interface Figure {
  readonly name: string
  readonly value: string
  readonly against: string
  readonly ratio: number
  readonly target: string
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, against, ratio, target } of figures) {
    console.log(`${name}\n  ${value}; ${against}\n  ratio ${ratio.toFixed(2)} (target ${target})`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
