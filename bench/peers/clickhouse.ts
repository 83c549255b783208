import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chdbLibrary, compiled, debianEnvironment, debianProgram } from './packages.ts'
import { freePort, type PeerProcess, startPeer } from './process.ts'

/** A ClickHouse that answers over HTTP. */
export interface ClickHouse extends AsyncDisposable {
  readonly url: string
  /** The answer as text; a body is data that the query inserts. */
  query(sql: string, body?: Buffer): Promise<string>
}

/** The engine inside npm's chdb, as a server: clickhouse-local that listens for as long as its standard input is open. */
export async function startModernClickHouse(folder: string): Promise<ClickHouse> {
  const launcher = compiled(join(import.meta.dirname, 'clickhouse-launcher.c'), 'clickhouse-launcher')
  const port = await freePort()
  const args = [
    chdbLibrary(),
    `--path=${folder}`,
    `--http_port=${port}`,
    '--listen_host=127.0.0.1',
    '--structure=line String',
    '--input-format=TSV',
    '--query=SYSTEM START LISTEN HTTP; SELECT count() FROM table',
  ]
  return started(launcher, args, port, process.env)
}

/** Debian's clickhouse-server, of 2018. */
export async function startDebianClickHouse(folder: string): Promise<ClickHouse> {
  const program = debianProgram('clickhouse-server', 'clickhouse-server')
  const [port, tcpPort] = [await freePort(), await freePort()]
  for (const name of ['data', 'tmp', 'files']) mkdirSync(join(folder, name))
  writeFileSync(
    join(folder, 'config.xml'),
    `<yandex>
      <logger><level>error</level><console>1</console></logger>
      <http_port>${port}</http_port><tcp_port>${tcpPort}</tcp_port><listen_host>127.0.0.1</listen_host>
      <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path><user_files_path>${folder}/files/</user_files_path>
      <mark_cache_size>536870912</mark_cache_size>
      <users_config>users.xml</users_config><default_profile>default</default_profile>
      <default_database>default</default_database>
    </yandex>`,
  )
  writeFileSync(
    join(folder, 'users.xml'),
    `<yandex>
      <profiles><default></default></profiles><quotas><default></default></quotas>
      <users><default>
        <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      </default></users>
    </yandex>`,
  )
  return started(program, [`--config-file=${join(folder, 'config.xml')}`], port, debianEnvironment())
}

async function started(
  program: string,
  args: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv,
): Promise<ClickHouse> {
  const url = `http://127.0.0.1:${port}/`
  const isReady = async () => (await fetch(`${url}?query=SELECT%201`)).ok
  const peer: PeerProcess = await startPeer(program, args, { env, isReady })
  return {
    url,
    async query(sql, body) {
      const asked = body === undefined ? url : `${url}?query=${encodeURIComponent(sql)}`
      const answer = await fetch(asked, { method: 'POST', body: body ?? sql })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`ClickHouse refused: ${text.slice(0, 500)}`)
      return text
    },
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  }
}
