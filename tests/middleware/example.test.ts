import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { openRoutemeter } from './routemeter.ts'

test('the example of an Express service is counted, and ends by itself when it is told to', async () => {
  await using platform = await openRoutemeter()
  const script = join(import.meta.dirname, '../../examples/middleware-express/service.ts')
  const env = { ...process.env, PORT: '0', ROUTEMETER_URL: platform.url, ROUTEMETER_INGEST_KEY: platform.key }
  const service = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let url = ''
    for await (const line of createInterface({ input: service.stdout })) {
      url = /^listening on (\S+)$/.exec(line)?.[1] ?? ''
      break
    }
    const headers = { 'x-client-id': 'billing', connection: 'close' }
    for (const path of ['/orgs/acme/users/7', '/orgs/acme/users/8', '/healthz', '/nowhere']) {
      await (await fetch(`${url}${path}`, { headers })).text()
    }
    const exited = once(service, 'exit')
    service.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(await platform.counts()).toMatchObject({
      'billing GET orgs/{org}/users/{id}': { requests: 2, status200: 2 },
      'billing GET (unmatched)': { requests: 1, status400: 1 },
    })
    expect(await platform.total()).toBe(3)
  } finally {
    service.kill('SIGKILL')
  }
})
