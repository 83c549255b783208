import { readFileSync } from 'node:fs'
import { ConnectionError, RoutemeterClient, UsageApiError } from '@routemeter/client'
import type { Command } from 'commander'
import { CommandProblem, EXIT, type ExitCode } from './exit-code.ts'

export interface AccessFlags {
  readonly url?: string
  readonly clientId?: string
}

const DEFAULT_URL = 'http://127.0.0.1:8787'

/** Gives a command the flags of everything that talks to a server. */
export function addAccessFlags(command: Command): void {
  command
    .optionsGroup('Server:')
    .option('--url <address>', `the server, or ROUTEMETER_URL (${DEFAULT_URL})`)
    .option('--client-id <id>', 'who asks, or ROUTEMETER_CLIENT_ID')
    .addHelpText(
      'after',
      '\nThe client’s secret is read from ROUTEMETER_CLIENT_SECRET, or from the file\nthat ROUTEMETER_CLIENT_SECRET_FILE names. It is never a flag.',
    )
}

/**
 * A client of the server that the flags and the environment name.
 * @throws CommandProblem when something is missing or cannot be read.
 */
export function clientFor(flags: AccessFlags, env: NodeJS.ProcessEnv): RoutemeterClient {
  const { url, clientId } = serverOf(flags, env)
  const clientSecret = variable(env, 'ROUTEMETER_CLIENT_SECRET')
  if (!clientId || !clientSecret) {
    const missing = [clientId ? [] : 'ROUTEMETER_CLIENT_ID', clientSecret ? [] : 'ROUTEMETER_CLIENT_SECRET'].flat()
    throw new CommandProblem(
      EXIT.notAuthorized,
      `no credentials for ${url}: set ${missing.join(' and ')}\n(a server prints them when it starts on an empty data folder)`,
    )
  }
  try {
    return new RoutemeterClient({ url, clientId, clientSecret })
  } catch (error) {
    if (error instanceof TypeError) throw new CommandProblem(EXIT.wrongUsage, error.message)
    throw error
  }
}

/** Which server, and as whom. */
export function serverOf(flags: AccessFlags, env: NodeJS.ProcessEnv): { url: string; clientId: string | undefined } {
  const url = flags.url ?? (env.ROUTEMETER_URL || DEFAULT_URL)
  return { url, clientId: flags.clientId ?? variable(env, 'ROUTEMETER_CLIENT_ID') }
}

/** What to tell somebody whose command the server, or its absence, ended; undefined for what is our own fault. */
export function problemOf(error: unknown): CommandProblem | undefined {
  if (error instanceof ConnectionError) {
    const advice = 'start one with `routemeter serve`, or name another with --url'
    return new CommandProblem(EXIT.unreachable, `${error.message}\n(${advice})`, { cause: error })
  }
  if (!(error instanceof UsageApiError)) return undefined
  const details = [
    error.code,
    `status ${error.status}`,
    error.correlationId === undefined ? [] : `correlation id ${error.correlationId}`,
    error.retryAfter === undefined ? [] : `try again in ${error.retryAfter} s`,
  ]
  const told = details.flat().filter((detail) => detail !== '')
  return new CommandProblem(exitCodeOf(error), `${error.message}\n(${told.join(', ')})`, { cause: error })
}

function exitCodeOf({ status }: UsageApiError): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAuthorized
  if (status === 404) return EXIT.notFound
  return status === 400 ? EXIT.wrongUsage : EXIT.failed
}

/** A variable, or the content of the file that its _FILE sibling names. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]
  const path = env[`${name}_FILE`]
  if (!path) return value || undefined
  if (value) throw new CommandProblem(EXIT.wrongUsage, `${name} and ${name}_FILE are both set: leave one out`)
  try {
    return readFileSync(path, 'utf8').replace(/[\r\n]+$/, '')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandProblem(EXIT.wrongUsage, `${name}_FILE cannot be read: ${reason}`)
  }
}
