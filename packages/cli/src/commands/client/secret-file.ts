import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { OAuthClient, OAuthClientWithSecret } from '@routemeter/client'
import type { Command } from 'commander'
import { CommandProblem, EXIT } from '../../exit-code.ts'

export interface SecretFlags {
  readonly secretFile?: string
}

export function addSecretFlag(command: Command): void {
  command.option('--secret-file <path>', 'put the secret there; without a terminal ./client-ID.secret')
}

/**
 * Does what makes a secret, and keeps that: on a terminal it is for the eyes, else it goes to a file of mode 0600
 * (decisions.md 22). The file is opened first, because the server tells a secret only once.
 * @throws CommandProblem when there can be no such file; nothing has been made then.
 */
export async function keepingSecret(
  flags: SecretFlags,
  make: () => Promise<OAuthClientWithSecret>,
): Promise<OAuthClient & { readonly secret?: string; readonly secretFile?: string }> {
  if (flags.secretFile === undefined && process.stdout.isTTY === true) return make()
  const folder = flags.secretFile === undefined ? process.cwd() : dirname(resolve(flags.secretFile))
  const unfinished = join(folder, `.${randomUUID()}.secret`)
  const file = openFile(unfinished)
  try {
    const { secret, ...client } = await make()
    const secretFile = resolve(flags.secretFile ?? `client-${client.id.replace(/[^\w.-]/g, '_')}.secret`)
    writeSync(file, `${secret}\n`)
    fsyncSync(file)
    renameSync(unfinished, secretFile)
    return { ...client, secretFile }
  } finally {
    closeSync(file)
    rmSync(unfinished, { force: true })
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandProblem(EXIT.failed, `the secret could not be kept, nothing was changed: ${reason}`)
  }
}
