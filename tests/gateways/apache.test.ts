import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import {
  exampleWith,
  freePort,
  gatewayFolder,
  isRoot,
  PATIENCE,
  startProgram,
  withPrograms,
} from './gateway-process.ts'
import { byBasicUser, byClaim, byHeader } from './ledger.ts'
import { startSmallApi } from './small-api.ts'

const MODULES = ['mpm_event', 'authz_core', 'authz_user', 'authn_core', 'authn_anon', 'auth_basic', 'setenvif']
const OF_EXAMPLE = ['proxy', 'proxy_http', 'unique_id']

/** What Debian's apache2.conf puts around the example, without its system folders; and a sign-in for all users. */
const around = (folder: string) => `
ServerRoot ${folder}
ServerName api.example
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
${isRoot ? 'User www-data\nGroup www-data' : ''}
${[...MODULES, ...OF_EXAMPLE].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
<If "%{HTTP:Authorization} =~ /^Basic/">
  AuthType Basic
  AuthName api
  AuthBasicProvider anon
  Anonymous *
  Require valid-user
</If>
Include ${folder}/routemeter.conf
`

async function startApache(folder: string, port: number, apiPort: number) {
  const example = exampleWith('apache.conf', {
    'Listen 8080': `Listen 127.0.0.1:${port}`,
    '*:8080': `*:${port}`,
    '127.0.0.1:3000': `127.0.0.1:${apiPort}`,
    '/var/log/apache2': folder,
  })
  writeFileSync(join(folder, 'routemeter.conf'), example)
  writeFileSync(join(folder, 'apache2.conf'), around(folder))
  const args = ['-D', 'FOREGROUND', '-f', join(folder, 'apache2.conf')]
  return startProgram({ program: 'apache2', args, folder, port })
}

withPrograms('apache2')('Apache', PATIENCE, () => {
  test('logs what its callers saw, as JSON and as text, and all of it is counted', async () => {
    const folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    const apache = await startApache(folder, port, api.port)
    const driver = new Driver(port, api)
    await driver.usual(2)
    // It does not notice that the caller has gone, and logs the API's answer.
    await driver.abort(200)
    await driver.garbage()
    await apache.end('SIGWINCH')

    await using server = await startRoutemeter()
    const refused = ['no path', 'no host', 'space', 'unfinished'] as const
    const handled = ['lower case', 'HTTP/0.9', 'UTF-8', 'OPTIONS *', 'CONNECT'] as const
    const statuses = { 'HTTP/0.9': 200 }
    const text = {
      folder,
      file: 'access.log',
      format: 'apache',
      time: driver.time,
      map: ['clientId=%{X-Client-Id}i', 'durationMs=%D'],
      calls: [...driver.calls, ...driver.garbageCalls([...refused, ...handled], statuses)],
      // What is no HTTP has no method.
      rejected: 1,
      telling: { client: byHeader, user: byBasicUser },
    }
    await expectRead(server, 'apache', text)
    // The path is found out after a request was accepted.
    const calls = [...driver.calls, ...driver.garbageCalls([...refused, ...handled], statuses, refused)]
    const json = { ...text, file: 'routemeter.log', format: 'apache-json', map: [], calls }
    await expectPushed(server, 'apache-json', json)
    const telling = { client: byClaim, user: byBasicUser }
    await expectPushed(server, 'apache-jwt', { ...json, map: ['clientId=jwt:jwt.client_id'], telling })
    expectNoSecrets(server)
  })
})
