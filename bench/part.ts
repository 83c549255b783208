import type { Measured } from './figure.ts'

/** How much is measured. */
export interface BenchOptions {
  /** Long enough for figures that are worth keeping; otherwise a look in a few minutes. */
  readonly full: boolean
  /** Others too, which are installed for it. */
  readonly peers: boolean
  /** Rollup rows of the largest data folder. */
  readonly rollups: number
}

/** One part of the benchmark: it can be asked for by its name. */
export interface Part {
  readonly name: string
  /** The heading over its figures. */
  readonly title: string
  /** How it is measured: said once above its figures. */
  readonly method: string
  readonly measure: (options: BenchOptions) => Promise<Measured>
}
