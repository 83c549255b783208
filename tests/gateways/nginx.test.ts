import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRoutemeter } from '../running-server.ts'
import { Driver } from './driver.ts'
import { expectNoSecrets, expectPushed, expectRead } from './gateway-log.ts'
import { exampleWith, freePort, gatewayFolder, isRoot, startProgram, withPrograms } from './gateway-process.ts'
import { IngestCommand } from './ingest-command.ts'
import { byBasicUser, byClaim, byHeader, countsOf, nobody } from './ledger.ts'
import { MeteredOrganization } from './metered-organization.ts'
import { startSmallApi } from './small-api.ts'

/** What Debian's nginx.conf puts around conf.d/, without its system folders. */
const around = (folder: string) => `
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/conf.d/*.conf;
}
`

async function startNginx(folder: string, port: number, apiPort: number) {
  const example = exampleWith('nginx.conf', {
    '/var/log/nginx': folder,
    'listen 8080': `listen 127.0.0.1:${port}`,
    '127.0.0.1:3000': `127.0.0.1:${apiPort}`,
  })
  mkdirSync(join(folder, 'conf.d'))
  writeFileSync(join(folder, 'conf.d/routemeter.conf'), example)
  writeFileSync(join(folder, 'nginx.conf'), around(folder))
  return startProgram({ program: 'nginx', args: ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], folder, port })
}

withPrograms('nginx')('nginx', () => {
  test('logs what its callers saw, as JSON and as text, and all of it is counted', async () => {
    using folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    await using nginx = await startNginx(folder.path, port, api.port)
    const driver = new Driver(port, api)
    await driver.usual(2)
    await driver.greedy(300)
    await driver.abort(499)
    await driver.garbage()
    await nginx.end('SIGQUIT')
    expect(driver.calls.filter(({ status, caller }) => status === 429 && caller.header === 'greedy-app')).not.toEqual(
      [],
    )

    await using server = await startRoutemeter()
    const json = {
      folder: folder.path,
      file: 'routemeter.log',
      format: 'nginx-json',
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
    using folder = gatewayFolder()
    await using api = await startSmallApi()
    const port = await freePort()
    await using nginx = await startNginx(folder.path, port, api.port)
    await using server = await startRoutemeter()
    const organization = await MeteredOrganization.make(server, 'followed')
    const log = join(folder.path, 'access.log')
    const args = [log, '--format', 'nginx', '--follow', '--state', join(folder.path, 'state')]
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
    expect(await organization.counted()).toEqual(countsOf(driver.calls, { client: nobody, user: byBasicUser }))
    expect(await ingest.stop()).toMatchObject({ read: driver.calls.length, accepted: driver.calls.length, rejected: 0 })
  })
})

async function countedIs(organization: MeteredOrganization, { calls }: Driver): Promise<void> {
  await expect.poll(() => organization.total(), { timeout: 20_000, interval: 250 }).toBe(calls.length)
}
