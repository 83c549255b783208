import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EventPlan, eventLines } from '../events.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { debianEnvironment, debianProgram } from './packages.ts'
import type { IngestPeer } from './peer.ts'
import { type PeerProcess, startPeer } from './process.ts'

const CONNECTIONS = 8
/** `nobody`: the server refuses to run as root. */
const NOBODY = 65_534

const TABLES = `
  CREATE TABLE event (
    id uuid PRIMARY KEY, time timestamptz NOT NULL, client_id text NOT NULL, user_id text NOT NULL, method text NOT NULL,
    path text NOT NULL, status smallint NOT NULL, duration_ms integer NOT NULL
  )`
/** COPY knows no conflicts, so it goes into a table of the session first: the quickest way that counts an id once. */
const BEFORE = 'CREATE TEMP TABLE incoming (LIKE event) ON COMMIT DELETE ROWS;\n'

export const POSTGRES: IngestPeer = {
  name: 'PostgreSQL 15',
  caveat:
    'durable and deduplicated (synchronous_commit, unique id); keeps raw rows: no route templates, nothing added up',
  async measure(events) {
    using folder = temporaryFolder()
    const scripts = writeScripts(events, folder.path)
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(folder.path, NOBODY, NOBODY)
    await using _server = await startPostgres(folder.path, isRoot ? NOBODY : undefined)
    psqlNow(folder.path, TABLES)
    const started = performance.now()
    await Promise.all(scripts.map((script) => runScript(folder.path, script)))
    const seconds = (performance.now() - started) / 1000
    const rows = Number(psqlNow(folder.path, 'SELECT count(*) FROM event'))
    if (rows !== events.bodies * events.eventsEach) throw new Error(`PostgreSQL has ${rows} rows`)
    return rows / seconds
  },
}

/** Each connection's bodies, every one a transaction. */
function writeScripts(plan: EventPlan, folder: string): readonly string[] {
  return Array.from({ length: CONNECTIONS }, (_, connection) => {
    const transactions: string[] = [BEFORE]
    for (let body = connection; body < plan.bodies; body += CONNECTIONS) {
      const rows = eventLines(plan, body).map((line) => Object.values(JSON.parse(line)).join('\t'))
      transactions.push(
        `BEGIN;\nCOPY incoming FROM STDIN;\n${rows.join('\n')}\n\\.\n` +
          'INSERT INTO event SELECT * FROM incoming ON CONFLICT DO NOTHING;\nCOMMIT;\n',
      )
    }
    const script = join(folder, `connection-${connection}.sql`)
    writeFileSync(script, transactions.join(''))
    return script
  })
}

async function startPostgres(folder: string, uid: number | undefined): Promise<PeerProcess> {
  const data = join(folder, 'data')
  const env = { ...debianEnvironment(), LC_ALL: 'C.UTF-8' }
  const initdb = ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8']
  execFileSync(debianProgram('postgresql-15', 'initdb'), initdb, {
    env,
    stdio: 'pipe',
    cwd: folder,
    ...(uid === undefined ? {} : { uid }),
  })
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'shared_buffers=1GB',
    'max_wal_size=8GB',
    'synchronous_commit=on',
  ]
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const isReady = async () => psqlNow(folder, 'SELECT 1') === '1'
  return startPeer(debianProgram('postgresql-15', 'postgres'), args, {
    env,
    isReady,
    ...(uid === undefined ? {} : { uid }),
  })
}

const connectedTo = (folder: string) => [
  '-h',
  folder,
  '-U',
  'bench',
  '-d',
  'postgres',
  '-qAtX',
  '-v',
  'ON_ERROR_STOP=1',
]

function psqlNow(folder: string, sql: string): string {
  const psql = debianProgram('postgresql-client-15', 'psql')
  return execFileSync(psql, [...connectedTo(folder), '-c', sql], { env: debianEnvironment(), stdio: 'pipe' })
    .toString()
    .trim()
}

async function runScript(folder: string, script: string): Promise<void> {
  const psql = debianProgram('postgresql-client-15', 'psql')
  const args = [...connectedTo(folder), '-f', script]
  const child = spawn(psql, args, { env: debianEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`psql ended with ${code}`)
}
