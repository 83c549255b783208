import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const PATIENCE_MS = 30_000
const POLL_MS = 50

/** A peer's server; disposing of it stops it. */
export interface PeerProcess extends AsyncDisposable {
  readonly child: ChildProcess
}

/** Starts a peer and waits until it answers. */
export async function startPeer(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number; readonly isReady: () => Promise<boolean> },
): Promise<PeerProcess> {
  const { env = process.env, uid, isReady } = options
  const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'pipe'], ...(uid === undefined ? {} : { uid }) })
  let told = ''
  child.stderr?.on('data', (text) => {
    told = `${told}${text}`.slice(-2_000)
  })
  const exited = once(child, 'exit')
  const peer = {
    child,
    async [Symbol.asyncDispose]() {
      child.stdin?.destroy()
      child.kill('SIGTERM')
      await exited
    },
  }
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${told}`)
    if (performance.now() > deadline) {
      await peer[Symbol.asyncDispose]()
      throw new Error(`${program} did not become ready: ${told}`)
    }
    await setTimeout(POLL_MS)
  }
  return peer
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
