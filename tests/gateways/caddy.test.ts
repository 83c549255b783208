import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import { exampleWith, freePort, gatewayFolder, PATIENCE, startProgram, withPrograms } from './gateway-process.ts'
import { byBasicUser, byHeader } from './ledger.ts'
import { startSmallApi } from './small-api.ts'

/** Caddy tells users that it has signed in itself. The driver's password, hashed with the least work. */
const HASH = '$2b$04$pDIEQmxAAvQfh16EE2.9P.lllTeItbNxMD1VrxfilBjNbIgRhc3RK'
const SIGN_IN = `
	@basic header Authorization Basic*
	basicauth @basic {
		ann ${HASH}
		"Acme Billing" ${HASH}
	}
`

async function startCaddy(folder: string, port: number, apiPort: number) {
  const example = exampleWith('Caddyfile', {
    ':8080 {': `:${port} {\n\tbind 127.0.0.1\n${SIGN_IN}`,
    '127.0.0.1:3000': `127.0.0.1:${apiPort}`,
    '/var/log/caddy': folder,
  })
  writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${example}`)
  const args = ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile']
  const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  return startProgram({ program: 'caddy', args, folder, port, env })
}

withPrograms('caddy')('Caddy', PATIENCE, () => {
  test('logs what its callers saw, and all of it is counted', async () => {
    const folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    const caddy = await startCaddy(folder, port, api.port)
    const driver = new Driver(port, api)
    await driver.usual(2)
    await driver.abort(499)
    await driver.garbage()
    await caddy.end('SIGTERM')

    await using server = await startRoutemeter()
    const log = {
      folder,
      file: 'routemeter.log',
      format: 'caddy',
      time: driver.time,
      // What Go's server refuses by itself is not logged.
      calls: [...driver.calls, ...driver.garbageCalls(['lower case', 'UTF-8', 'CONNECT'])],
      rejected: 0,
      telling: { client: byHeader, user: byBasicUser },
    }
    await expectPushed(server, 'caddy', log)
    await expectRead(server, 'caddy-read', log)
    expectNoSecrets(server)
  })
})
