import { globSync, lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandProblem, EXIT } from '../exit-code.ts'

export const STANDARD_INPUT = '-'

/**
 * The files that were named, each once and with its whole path, in order; a pattern's in the order of their names.
 * @param mayCome a file that is not there yet is waited for.
 * @throws CommandProblem for what is not there.
 */
export function inputsOf(given: readonly string[], mayCome: boolean): readonly string[] {
  const inputs = given.flatMap((each) => {
    if (each === STANDARD_INPUT) return [each]
    if (exists(each)) return [resolve(each)]
    const matches = isPattern(each) ? matchesOf(each) : mayCome ? [resolve(each)] : []
    if (matches.length > 0) return matches
    throw new CommandProblem(EXIT.notFound, `${each}: ${isPattern(each) ? 'no file matches' : 'there is no such file'}`)
  })
  return [...new Set(inputs)]
}

/** Files beside ours, which lie in the same folders. */
function matchesOf(pattern: string): readonly string[] {
  const found = globSync(pattern, { withFileTypes: true }).filter((entry) => !entry.isDirectory())
  const paths = found.map((entry) => resolve(entry.parentPath, entry.name))
  return paths.filter((path) => !path.endsWith('.rejected')).sort()
}

function isPattern(path: string): boolean {
  return /[*?[{]/.test(path) && !exists(path)
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
