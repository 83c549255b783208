import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import { freePort, gatewayFolder, PATIENCE, withPrograms } from './gateway-process.ts'
import { IngestCommand } from './ingest-command.ts'
import { byBasicUser, byClaim, byHeader, countsOf, nobody } from './ledger.ts'
import { MeteredOrganization } from './metered-organization.ts'
import { startNginx } from './nginx.ts'
import { startSmallApi } from './small-api.ts'

withPrograms('nginx')('nginx', PATIENCE, () => {
  test('logs what its callers saw, as JSON and as text, and all of it is counted', async () => {
    const folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    const nginx = await startNginx(folder, { gateway: port, api: api.port })
    const driver = new Driver(port, api)
    await driver.usual(2)
    await driver.greedy(300)
    await driver.abort(499)
    await driver.garbage()
    const { time } = driver
    await nginx.end('SIGQUIT')
    expect(driver.calls.filter(({ status, caller }) => status === 429 && caller.header === 'greedy-app')).not.toEqual(
      [],
    )

    await using server = await startRoutemeter()
    const json = {
      folder,
      file: 'routemeter.log',
      format: 'nginx-json',
      time,
      calls: [
        ...driver.calls,
        ...driver.garbageCalls(['HTTP/0.9', 'no host', 'UTF-8', 'unfinished'], { 'HTTP/0.9': 200, unfinished: 400 }),
      ],
      // The others have neither a method nor a path.
      rejected: 6,
    }
    const telling = { client: byHeader, user: byBasicUser }
    await expectPushed(server, 'nginx-json', { ...json, telling })
    await expectRead(server, 'nginx-json-read', { ...json, telling })
    const map = ['clientId=jwt:jwt.client_id']
    await expectPushed(server, 'nginx-jwt', { ...json, map, telling: { client: byClaim, user: byBasicUser } })
    await expectRead(server, 'nginx', {
      ...json,
      file: 'access.log',
      format: 'nginx',
      map: ['clientId=http_x_client_id', 'durationMs=request_time'],
      calls: [...json.calls, ...driver.garbageCalls(['no path', 'lower case', 'space', 'OPTIONS *', 'CONNECT'])],
      rejected: 1,
      telling,
    })
    expectNoSecrets(server)
  })

  test('loses no call of a log that is followed while it is written and rotated', async () => {
    const folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    const nginx = await startNginx(folder, { gateway: port, api: api.port })
    await using server = await startRoutemeter()
    const organization = await MeteredOrganization.make(server, 'followed')
    const log = join(folder, 'access.log')
    const args = [log, '--format', 'nginx', '--follow', '--state', join(folder, 'state')]
    using ingest = new IngestCommand(organization.access, args)
    const driver = new Driver(port, api)
    for (const rotation of [1, 2, 3]) {
      await driver.usual(1)
      // The command has found this log before it is renamed: one that it never saw is nobody's.
      await countedIs(organization, driver)
      const during = driver.greedy(100)
      renameSync(log, `${log}.${rotation}`)
      nginx.signal('SIGUSR1')
      await during
    }
    await countedIs(organization, driver)
    expect(await organization.counted(driver.time)).toEqual(
      countsOf(driver.calls, { client: nobody, user: byBasicUser }),
    )
    expect(await ingest.stop()).toMatchObject({ read: driver.calls.length, accepted: driver.calls.length, rejected: 0 })
  })
})

async function countedIs(organization: MeteredOrganization, { calls, time }: Driver): Promise<void> {
  await expect.poll(() => organization.total(time), { timeout: 20_000, interval: 250 }).toBe(calls.length)
}
