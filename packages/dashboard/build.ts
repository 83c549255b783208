import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Builds the dashboard when what it is made of has changed since it was built last: `npm start` runs this first
 * (decisions.md 24). It is the content that counts, because a checkout changes times.
 */
const folder = import.meta.dirname
const stamp = join(folder, 'dist/built-from')
const sources = fingerprint()

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) {
  const { build } = await import('vite')
  await build({ configFile: join(folder, 'vite.config.ts') })
  writeFileSync(stamp, sources)
}

function fingerprint(): string {
  const own = globSync(['index.html', 'package.json', 'vite.config.ts', 'src/**/*'], { cwd: folder })
  const client = globSync('../client/src/*.ts', { cwd: folder })
  const hash = createHash('sha256')
  for (const name of [...own, ...client].sort()) {
    if (/\.(?:html|json|tsx?|css|svg)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}
