import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Keeps a secret in a file that its owner alone can read, all of it or not at all. */
export function writeSecretFile(path: string, secret: string): void {
  const unfinished = `${path}.new`
  rmSync(unfinished, { force: true })
  writeFileSync(unfinished, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true })
  renameSync(unfinished, path)
}

/** The secret in this file; undefined when there is no such file. */
export function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
