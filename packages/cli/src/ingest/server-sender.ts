import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type AccessFlags, clientFor, serverOf } from '../server-access.ts'
import { Outage } from './outage.ts'
import type { RunOptions } from './run-ingest.ts'

export interface SenderFlags extends AccessFlags {
  readonly follow?: boolean
  /** Seconds. */
  readonly wait?: number
  readonly compress?: boolean
}

const DEFAULT_WAIT_S = 300
const FAST_GZIP = { level: 1 }
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * Sends bodies to the server that the flags and the environment name, again and again while that is away: for as long as
 * was said, and for a server that never answered only when something was said.
 * @throws CommandProblem when something is missing.
 */
export function serverSender(
  flags: SenderFlags,
  env: NodeJS.ProcessEnv,
): { readonly send: RunOptions['send']; readonly server: string } {
  const { events } = clientFor(flags, env)
  const { url, clientId } = serverOf(flags, env)
  const isCompressed = flags.compress ?? !LOOPBACK.test(new URL(url).hostname)
  const patienceMs = 1000 * (flags.wait ?? (flags.follow ? Number.POSITIVE_INFINITY : DEFAULT_WAIT_S))
  let outage: Outage | undefined
  let hasAnswered = false
  const send: RunOptions['send'] = async (ndjson, signal, tell) => {
    outage ??= new Outage(tell, patienceMs)
    const body = isCompressed ? new Uint8Array(await promisify(gzip)(ndjson, FAST_GZIP)) : ndjson
    const receipt = await events.send(body, {
      ...(isCompressed ? { encoding: 'gzip' } : {}),
      unmatched: true,
      signal,
      patienceMs: hasAnswered || flags.wait !== undefined ? patienceMs : 0,
      onWait: (cause) => outage?.began(cause),
    })
    hasAnswered = true
    outage.ended()
    return receipt
  }
  return { send, server: `${url} ${clientId}` }
}
