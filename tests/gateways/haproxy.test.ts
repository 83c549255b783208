import { expect, test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import { freePort, gatewayFolder, LOCAL_ZONE, PATIENCE, withPrograms } from './gateway-process.ts'
import { haproxyTelling, startHaproxy } from './haproxy.ts'
import { startSmallApi } from './small-api.ts'
import { listeningOn, startSyslogNg } from './syslog-ng.ts'

/** What a syslog daemon writes to /var/log/haproxy.log: with today's kind of time and with the older one. */
const syslogConfig = (folder: string, port: number) => `
@version: 3.35
source haproxy { ${listeningOn(port)} };
destination today { file("${folder}/haproxy.log" template("\${ISODATE} \${HOST} \${MSGHDR}\${MESSAGE}\\n")); };
destination older { file("${folder}/traditional.log" template("\${DATE} \${HOST} \${MSGHDR}\${MESSAGE}\\n")); };
log { source(haproxy); destination(today); destination(older); };
`

withPrograms('haproxy', 'syslog-ng')('HAProxy', PATIENCE, () => {
  test('logs what its callers saw through syslog, and all of it is counted', async () => {
    const folder = gatewayFolder()
    await using api = await startSmallApi()
    const [port, syslogPort] = [await freePort(), await freePort()]
    const syslog = await startSyslogNg(folder, syslogConfig(folder, syslogPort), syslogPort)
    const haproxy = await startHaproxy(folder, { gateway: port, api: api.port, syslog: syslogPort })
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
      folder,
      file: 'haproxy.log',
      format: 'haproxy',
      timeZone: LOCAL_ZONE,
      time: driver.time,
      calls: [...driver.calls, ...driver.garbageCalls(['lower case', 'no host', 'OPTIONS *'])],
      // What is no HTTP is <BADREQ>; at its end HAProxy says of three proxies that they stop.
      rejected: 7 + 3,
      telling: haproxyTelling,
    }
    await expectRead(server, 'haproxy', log)
    await expectPushed(server, 'haproxy-traditional', { ...log, file: 'traditional.log' })
    expectNoSecrets(server)
  })
})
