/** Shapes of one organization between two drains; a sample needs no more. */
const MOST_SHAPES = 500
/** Of all organizations. */
const MOST_IN_ALL = 50_000
const LONGEST_EXAMPLE = 256

/** Paths of one shape that no template fits. */
export interface UnmatchedPath {
  readonly organizationId: string
  /** The path with its ids folded (templates/fold.ts). */
  readonly shape: string
  readonly calls: number
  /** How many of the calls were answered 404, and so counted as `(unmatched)` (decisions.md 4). */
  readonly notFound: number
  /** One of the paths, without a query, cut where it is long. */
  readonly example: string
}

type Seen = { -readonly [Name in 'calls' | 'notFound' | 'example']: UnmatchedPath[Name] }

/** What is told of the paths of one organization. */
export interface ShapeSample {
  note(shape: string, path: string, isNotFound: boolean): void
}

/**
 * A sample of the paths that no template fits, so that people see what to import. It is bounded: once it is full, shapes
 * that are not in it yet are left out until the next drain, and scanners’ 404s fill no more than half of it.
 */
export class UnmatchedPaths {
  readonly #organizations = new Map<string, Map<string, Seen>>()
  #size = 0

  sampleOf(organizationId: string): ShapeSample {
    return { note: (shape, path, isNotFound) => this.#note(organizationId, shape, path, 1, isNotFound ? 1 : 0) }
  }

  /** What another thread has seen. */
  add(paths: readonly UnmatchedPath[]): void {
    for (const { organizationId, shape, example, calls, notFound } of paths) {
      this.#note(organizationId, shape, example, calls, notFound)
    }
  }

  /** What was seen since the last time, which is forgotten here. */
  drain(): readonly UnmatchedPath[] {
    const paths = [...this.#organizations].flatMap(([organizationId, shapes]) =>
      [...shapes].map(([shape, seen]) => ({ organizationId, shape, ...seen })),
    )
    this.#organizations.clear()
    this.#size = 0
    return paths
  }

  #note(organizationId: string, shape: string, path: string, calls: number, notFound: number): void {
    let shapes = this.#organizations.get(organizationId)
    if (shapes === undefined) {
      shapes = new Map()
      this.#organizations.set(organizationId, shapes)
    }
    const seen = shapes.get(shape)
    if (seen !== undefined) {
      seen.calls += calls
      seen.notFound += notFound
      return
    }
    const most = calls === notFound ? MOST_SHAPES / 2 : MOST_SHAPES
    if (shapes.size >= most || this.#size >= MOST_IN_ALL) return
    shapes.set(shape, { calls, notFound, example: shortened(path) })
    this.#size++
  }
}

/** A copy: a piece of a larger text keeps all of it in memory. */
function shortened(path: string): string {
  const text = path.length > LONGEST_EXAMPLE ? `${path.slice(0, LONGEST_EXAMPLE - 1).toWellFormed()}…` : path
  return Buffer.from(text).toString()
}
