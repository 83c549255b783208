import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spawnRoutemeter, startRoutemeter } from './running-server.ts'

// A folder that the server may not write is refused in one line that names it, and nothing in it is changed.
const NOBODY = 65_534
const launcher = join(import.meta.dirname, '../packages/cli/bin/routemeter.js')

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-read-only-'))
  chmodSync(folder, 0o755)
  data = join(folder, 'data')
  await using server = await startRoutemeter({ data })
  await server.send([{ id: '1', time: Date.now() - 1000, clientId: 'app', method: 'GET', path: '/x', status: 200 }])
})
afterAll(() => {
  spawnSync('umount', [join(folder, 'mounted')])
  rmSync(folder, { recursive: true })
})

function contentOf(path: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(path, name)))
      .digest('hex')
  return Object.fromEntries(readdirSync(path).map((name) => [name, hash(name)]))
}

async function startOn(path: string, under?: readonly string[]) {
  const child = spawnRoutemeter(path, { errors: 'pipe', ...(under === undefined ? {} : { under }) })
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

const isRoot = process.getuid?.() === 0
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0
/** Node and this repository are to be read by anybody. */
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
const [setpriv = '', ...rest] = [...asNobody, process.execPath, launcher, '--version']
const mayBeNobody = isRoot && spawnSync(setpriv, rest).status === 0

test.skipIf(!mayMount)('a data folder on a read-only file system', async () => {
  const before = contentOf(data)
  const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
  const { code, said } = await startOn(data, ['unshare', '--mount', 'sh', '-c', script, data])
  expect(said).toMatch(
    /^error: The data folder \S+ cannot be used: EROFS: read-only file system.* Choose another one with --data\.\n$/,
  )
  expect(code).toBe(1)
  expect(contentOf(data)).toEqual(before)
})

test.skipIf(!mayBeNobody)('a data folder of somebody else', async () => {
  const before = contentOf(data)
  const { code, said } = await startOn(data, asNobody)
  expect(said).toMatch(/^error: The data folder \S+ cannot be used: EACCES: permission denied.*\n$/)
  expect(code).toBe(1)
  expect(contentOf(data)).toEqual(before)
})

test.skipIf(!mayBeNobody).each(['usage.duckdb', 'metadata.sqlite'])(
  'a data folder of one’s own in which %s is somebody else’s',
  async (name) => {
    const copy = join(folder, `with-foreign-${name}`)
    cpSync(data, copy, { recursive: true })
    for (const each of ['.', ...readdirSync(copy)]) chownSync(join(copy, each), NOBODY, NOBODY)
    chownSync(join(copy, name), 0, 0)
    chmodSync(join(copy, name), 0o644)
    const { [name]: before } = contentOf(copy)
    const { code, said } = await startOn(copy, asNobody)
    expect(said).toMatch(/^error: The (usage|metadata) file \S+ cannot be read: [^\n]*[Pp]ermission denied[^\n]*\n$/)
    expect(said).toContain(join(copy, name))
    expect(code).toBe(1)
    expect(contentOf(copy)[name]).toBe(before)
  },
)
