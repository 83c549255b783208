import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PeerMissing } from './peer.ts'

/** Where peers lie, from run to run. Nothing is installed into the system and no service is started. */
const CACHE = join(tmpdir(), 'routemeter-bench-peers')
const DEBIAN = join(CACHE, 'debian')
const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
const CHDB = '@chdb/lib-linux-x64-gnu'
const CHDB_VERSION = '26.7.3-stable.1'

/** Where a Debian package's program is: of the system where it is installed, else unpacked from the archive. */
export function debianProgram(packageName: string, program: string): string {
  const found = findProgram(program)
  if (found !== undefined) return found
  unpack(packageName)
  const unpacked = findProgram(program)
  if (unpacked === undefined) throw new PeerMissing(`Debian's ${packageName} has no ${program} here`)
  return unpacked
}

/** The environment of an unpacked program: its libraries are beside it. */
export function debianEnvironment(): NodeJS.ProcessEnv {
  const libraries = ['usr/lib', 'lib'].map((folder) => join(DEBIAN, folder, TRIPLET))
  return { ...process.env, LD_LIBRARY_PATH: libraries.join(':') }
}

/** The library with the modern ClickHouse, from npm. */
export function chdbLibrary(): string {
  const library = join(npmPackages('npm', [`${CHDB}@${CHDB_VERSION}`]), CHDB, 'libchdb.so')
  if (!existsSync(library)) throw new PeerMissing(`${CHDB} from npm brings no library for this machine`)
  return library
}

/**
 * Packages of npm, each with its version, in a folder of their own.
 * @returns its node_modules.
 * @throws PeerMissing
 */
export function npmPackages(folder: string, packages: readonly string[]): string {
  const home = join(CACHE, folder)
  const modules = join(home, 'node_modules')
  const isThere = packages.every((name) => existsSync(join(modules, name.slice(0, name.lastIndexOf('@')))))
  if (isThere) return modules
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{"private":true}\n')
  attempt('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], home)
  return modules
}

/** Compiles a C file of ours. */
export function compiled(source: string, name: string): string {
  mkdirSync(CACHE, { recursive: true })
  const program = join(CACHE, name)
  attempt('gcc', ['-O2', '-o', program, source, '-ldl'])
  return program
}

function findProgram(program: string): string | undefined {
  const folders = ['usr/lib/postgresql/15/bin', 'usr/bin', 'usr/sbin']
  const places = [DEBIAN, '/'].flatMap((root) => folders.map((folder) => join(root, folder, program)))
  return places.find((place) => existsSync(place))
}

function unpack(packageName: string): void {
  const archives = join(CACHE, `debs-${packageName}`)
  mkdirSync(join(archives, 'partial'), { recursive: true })
  mkdirSync(DEBIAN, { recursive: true })
  // With what it depends on and the system does not have.
  const options = ['-y', '--no-install-recommends', '--download-only', '-o', `Dir::Cache::archives=${archives}`]
  attempt('apt-get', ['install', ...options, '-o', 'Debug::NoLocking=1', packageName])
  for (const file of readdirSync(archives)) {
    if (file.endsWith('.deb')) attempt('dpkg-deb', ['-x', join(archives, file), DEBIAN])
  }
}

function attempt(program: string, args: readonly string[], cwd?: string): void {
  try {
    execFileSync(program, args, { cwd, stdio: 'pipe' })
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new PeerMissing(`could not be installed: ${reason}`, { cause: error })
  }
}
