import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A file of the built dashboard, as it is sent. */
export interface DashboardFile {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
  readonly gzip: Buffer
}

export interface DashboardFiles {
  readonly page: DashboardFile
  /** Named after their content: whoever has one keeps it. */
  readonly assets: readonly DashboardFile[]
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * What vite made of packages/dashboard: index.html and the files in `dashboard/`. They are few and small, and so they are
 * read once; what was built later is served after the next start.
 * @returns undefined where nothing is built.
 */
export function readDashboard(folder: string | undefined): DashboardFiles | undefined {
  if (folder === undefined || !existsSync(join(folder, 'index.html'))) return undefined
  const names = readdirSync(join(folder, 'dashboard')).filter((name) => extname(name) in TYPES)
  return {
    page: fileOf(folder, 'index.html'),
    assets: names.map((name) => fileOf(join(folder, 'dashboard'), name)),
  }
}

function fileOf(folder: string, name: string): DashboardFile {
  const bytes = readFileSync(join(folder, name))
  return { name, type: TYPES[extname(name)] ?? 'application/octet-stream', bytes, gzip: gzipSync(bytes, { level: 9 }) }
}
