import { expect, test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets } from './gateway-log.ts'
import { exampleWith, freePort, gatewayFolder, LOCAL_ZONE, PATIENCE, withPrograms } from './gateway-process.ts'
import { haproxyTelling, startHaproxy } from './haproxy.ts'
import { byBasicUser, byHeader, type Call, countsOf } from './ledger.ts'
import { MeteredOrganization } from './metered-organization.ts'
import { startNginx } from './nginx.ts'
import { startSmallApi } from './small-api.ts'
import { listeningOn, startSyslogNg } from './syslog-ng.ts'

withPrograms('nginx', 'haproxy', 'syslog-ng')('syslog-ng', PATIENCE, () => {
  test('pushes what HAProxy and nginx say, and nothing is lost or doubled when Routemeter is away meanwhile', async () => {
    const [folder, data] = [gatewayFolder(), gatewayFolder()]
    const [port, haproxyPort, nginxPort, syslogPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ]
    const startServer = () => startRoutemeter({ data, args: ['--port', String(port)] })
    await using api = await startSmallApi()
    await using before = await startServer()
    const organization = await MeteredOrganization.make(before, 'pushed')
    const example = exampleWith('syslog-ng.conf', {
      'network(transport("udp") ip("127.0.0.1") port(514));': listeningOn(syslogPort),
      '127.0.0.1:8787': `127.0.0.1:${port}`,
      '/var/lib/syslog-ng': folder,
      KEY: await organization.ingestKey(),
      'source("haproxy") timeZone("UTC")': `source("haproxy") timeZone("${LOCAL_ZONE}")`,
    })
    const syslog = await startSyslogNg(folder, example, syslogPort)
    await startHaproxy(folder, { gateway: haproxyPort, api: api.port, syslog: syslogPort })
    const access = `syslog:server=127.0.0.1:${syslogPort},tag=nginx`
    await startNginx(folder, { gateway: nginxPort, api: api.port }, { '/var/log/nginx/routemeter.log': access })
    const [haproxy, nginx] = [new Driver(haproxyPort, api), new Driver(nginxPort, api)]

    await Promise.all([haproxy.usual(1), nginx.usual(1)])
    await before[Symbol.asyncDispose]()
    await Promise.all([haproxy.usual(1), nginx.usual(1)])
    await using server = await startServer()
    await Promise.all([haproxy.usual(1), nginx.usual(1)])
    const calls = [...haproxy.calls.map(asToldByHaproxy), ...nginx.calls]
    const total = () => organization.total(haproxy.time)
    await expect.poll(total, { timeout: 60_000, interval: 500 }).toBe(calls.length)
    await syslog.end('SIGTERM')
    const telling = { client: byHeader, user: byBasicUser }
    expect(await organization.counted(haproxy.time)).toEqual(countsOf(calls, telling))
    expectNoSecrets(server)
  })
})

function asToldByHaproxy(call: Call): Call {
  return { ...call, caller: { ...call.caller, header: haproxyTelling.client(call) } }
}
