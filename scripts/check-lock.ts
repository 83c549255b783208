import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `npm ci` refuses to run at all, on everybody's machine, when the lock lacks a platform's binary that some package
 * names as optional; and a lock must not carry download addresses of one registry. Exits 1 naming each problem.
 */
interface LockedPackage {
  readonly resolved?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lockPath = join(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as { packages: Readonly<Record<string, LockedPackage>> }
const problems = Object.entries(lock.packages).flatMap(([path, locked]) => [
  ...missingOptional(path, locked),
  ...(locked.resolved !== undefined && locked.link !== true ? [`${path} records a download address`] : []),
])

if (problems.length > 0) {
  console.error(`package-lock.json:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
  process.exitCode = 1
}

function missingOptional(path: string, locked: LockedPackage): readonly string[] {
  return Object.keys(locked.optionalDependencies ?? {})
    .filter((name) => !isLocked(path, name))
    .map((name) => `${name}, optional for ${path === '' ? 'the workspace' : path}, is missing: pin an older release`)
}

/** Where npm may have put a dependency: in the package's own node_modules or in any folder above it. */
function isLocked(path: string, name: string): boolean {
  const parts = path.split('/')
  return (
    parts.some((_, depth) => {
      const folder = parts.slice(0, parts.length - depth).join('/')
      return Object.hasOwn(lock.packages, `${folder === '' ? '' : `${folder}/`}node_modules/${name}`)
    }) || Object.hasOwn(lock.packages, `node_modules/${name}`)
  )
}
