import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRoutemeter } from './routemeter.ts'

let folder: string
let port: number
const services: ChildProcess[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-spool-'))
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
})

afterEach(() => {
  for (const service of services.splice(0)) service.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function startService(key: string, spool?: string): Promise<{ process: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, 'metered-service.ts')
  const child = spawn(process.execPath, [script, ...(spool === undefined ? [] : [spool])], {
    env: { ...process.env, ROUTEMETER_URL: `http://127.0.0.1:${port}`, ROUTEMETER_INGEST_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  services.push(child)
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume()
    return { process: child, url: `http://127.0.0.1:${line}` }
  }
  throw new Error('the service ended before it listened')
}

async function call(url: string, times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, async (_, n) => (await fetch(`${url}/orders/${n}`)).text()))
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [, by] = await exited
  return by
}

/** The ids of the whole events in a spool, read without its own code. */
function spooledIds(): ReadonlySet<string> {
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
  return new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id))
}

test('a service with a spool that is killed while Routemeter is down loses nothing that was spooled, and nothing counts twice', async () => {
  const data = mkdtempSync(join(tmpdir(), 'routemeter-down-'))
  const args = ['--port', String(port)]
  try {
    let key: string
    {
      await using platform = await openRoutemeter({ data, args })
      key = platform.key
    }
    // Two processes share the folder; one is killed while it is called.
    const [first, second] = await Promise.all([startService(key, folder), startService(key, folder)])
    await Promise.all([call(first.url, 150), call(second.url, 150)])
    const cut = call(first.url, 150).catch(() => {})
    await vi.waitUntil(() => spooledIds().size > 200)
    await end(first.process, 'SIGKILL')
    await cut
    await end(second.process, 'SIGTERM')
    const spooled = spooledIds().size
    expect(spooled).toBeGreaterThan(200)
    // As if a process had been killed after Routemeter counted a file and before the file was removed.
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
    copyFileSync(join(folder, file), join(folder, file.replace(/\d+\.ndjson$/, '9999999999.ndjson')))

    await using platform = await openRoutemeter({ data, args })
    const third = await startService(key, folder)
    await call(third.url, 40)
    await vi.waitUntil(() => spooledIds().size === 0, { timeout: 20_000 })
    expect(await end(third.process, 'SIGTERM')).toBe('SIGTERM')
    expect(await platform.total()).toBe(spooled + 40)
    expect(readdirSync(folder)).toEqual([])
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
})

test('while Routemeter is away events wait in memory, and are sent when it is back', async () => {
  const data = mkdtempSync(join(tmpdir(), 'routemeter-away-'))
  const args = ['--port', String(port)]
  try {
    let key: string
    let service: Awaited<ReturnType<typeof startService>>
    {
      await using platform = await openRoutemeter({ data, args })
      key = platform.key
      service = await startService(key)
      await call(service.url, 60)
    }
    await call(service.url, 60)
    await using platform = await openRoutemeter({ data, args })
    await call(service.url, 60)
    expect(await end(service.process, 'SIGTERM')).toBe('SIGTERM')
    expect(await platform.total()).toBe(180)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
})

test('SIGTERM sends the rest, and then ends the process as if nobody had listened', async () => {
  await using platform = await openRoutemeter({ args: ['--port', String(port)] })
  const service = await startService(platform.key)
  await call(service.url, 333)
  expect(await end(service.process, 'SIGTERM')).toBe('SIGTERM')
  expect(await platform.total()).toBe(333)
})
