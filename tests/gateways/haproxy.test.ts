import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import { exampleWith, freePort, gatewayFolder, startProgram, withPrograms } from './gateway-process.ts'
import { byBasicUser, byHeader, type Telling } from './ledger.ts'
import { startSmallApi } from './small-api.ts'

/** HAProxy reads the claim itself, and not knowing the answer yet. */
const telling: Telling = { client: (call) => byHeader(call) || call.caller.claim, user: byBasicUser }

/** A syslog daemon as Debian has it, which writes Debian 12's kind of line and the older one. */
const syslogConfig = (folder: string, port: number) => `
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="${port}")
global(workDirectory="${folder}")
local0.* action(type="omfile" file="${folder}/haproxy.log" template="RSYSLOG_FileFormat")
local0.* action(type="omfile" file="${folder}/traditional.log" template="RSYSLOG_TraditionalFileFormat")
`

async function startSyslog(folder: string, port: number) {
  writeFileSync(join(folder, 'rsyslog.conf'), syslogConfig(folder, port))
  const args = ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'rsyslog.pid')]
  return startProgram({ program: 'rsyslogd', args, folder, env: { TZ: 'UTC' } })
}

async function startHaproxy(folder: string, ports: { gateway: number; api: number; syslog: number }) {
  const example = exampleWith('haproxy.cfg', {
    'bind :8080': `bind 127.0.0.1:${ports.gateway}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.api}`,
    '127.0.0.1:514': `127.0.0.1:${ports.syslog}`,
  })
  writeFileSync(join(folder, 'haproxy.cfg'), example)
  const args = ['-W', '-f', 'haproxy.cfg']
  return startProgram({ program: 'haproxy', args, folder, port: ports.gateway, env: { TZ: 'UTC' } })
}

withPrograms('haproxy', 'rsyslogd')('HAProxy', () => {
  test('logs what its callers saw through syslog, and all of it is counted', async () => {
    using folder = gatewayFolder()
    await using api = await startSmallApi()
    const [port, syslogPort] = [await freePort(), await freePort()]
    await using syslog = await startSyslog(folder.path, syslogPort)
    await using haproxy = await startHaproxy(folder.path, { gateway: port, api: api.port, syslog: syslogPort })
    const driver = new Driver(port, api)
    await driver.usual(2)
    await driver.greedy(300)
    // It waits for the API's answer, and logs that.
    await driver.abort(200)
    await driver.garbage()
    await haproxy.end('SIGUSR1')
    await syslog.end('SIGTERM')
    expect(driver.calls.filter(({ status, caller }) => status === 429 && caller.header === 'greedy-app')).not.toEqual(
      [],
    )

    await using server = await startRoutemeter()
    const log = {
      folder: folder.path,
      file: 'haproxy.log',
      format: 'haproxy',
      calls: [...driver.calls, ...driver.garbageCalls(['lower case', 'no host', 'OPTIONS *'])],
      // What is no HTTP is <BADREQ>; at its end HAProxy says of three proxies that they stop.
      rejected: 7 + 3,
      telling,
    }
    await expectRead(server, 'haproxy', log)
    await expectPushed(server, 'haproxy-traditional', { ...log, file: 'traditional.log' })
    expectNoSecrets(server)
  })
})
