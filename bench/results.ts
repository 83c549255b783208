import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from './figure.ts'
import { describeMachine, type Machine } from './machine.ts'
import type { BenchOptions, Part } from './part.ts'

const FOLDER = join(import.meta.dirname, 'results')

/** A day's figures, as they are kept in bench/results. */
export interface Results {
  readonly machine: Machine
  readonly parts: Readonly<Record<string, KeptPart>>
}

interface KeptPart extends Measured {
  readonly title: string
  readonly method: string
  readonly measuredAt: string
  readonly options: BenchOptions
  /** The load average before it began: with much more than nothing, absolute figures say little. */
  readonly load?: number
}

/** Puts a part's figures with the others of the day; those of a quick run are kept apart and in no commit. */
export function keepResults(part: Part, options: BenchOptions, load: number, measured: Measured): void {
  const measuredAt = new Date().toISOString()
  const file = join(FOLDER, options.full ? `${measuredAt.slice(0, 10)}.json` : 'quick.json')
  const before: Partial<Results> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const { name, title, method } = part
  const parts = { ...before.parts, [name]: { title, method, measuredAt, options, load, ...measured } }
  writeFileSync(file, `${JSON.stringify({ machine: describeMachine(), parts }, undefined, 2)}\n`)
  console.log(`kept in ${file}`)
}

/** The newest day's. */
export function latestResults(): Results {
  const newest = readdirSync(FOLDER)
    .filter((name) => /^\d{4}-\d{2}-\d{2}\.json$/.test(name))
    .toSorted()
    .at(-1)
  if (newest === undefined) throw new Error('there are no results yet: run with --full')
  return JSON.parse(readFileSync(join(FOLDER, newest), 'utf8'))
}
