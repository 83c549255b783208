/**
 * The candidate that a mistyped name most likely meant, or undefined when none is near: at most a third of its letters
 * may be wrong, missing, too many or swapped with their neighbour, or one begins with the other (`dataDir`, `data`).
 */
export function nearest(mistyped: string, candidates: readonly string[]): string | undefined {
  const given = mistyped.toLowerCase()
  let best: string | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const name = candidate.toLowerCase()
    const mistakes = distance(given, name)
    const isNear = mistakes <= Math.max(given.length, name.length) / 3 || beginsAlike(given, name)
    if (mistakes < fewest && isNear) {
      best = candidate
      fewest = mistakes
    }
  }
  return best
}

function beginsAlike(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a))
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, one each. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cheapest = Math.min(at(last, j) + 1, at(current, j - 1) + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cheapest = Math.min(cheapest, at(beforeLast, j - 2) + 1)
      }
      current.push(cheapest)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
