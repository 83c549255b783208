import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { DataFolderProblem } from './domain/data-folder-problem.ts'
import { resetClientSecret } from './identity/first-client.ts'
import { writeSecretFile } from './identity/secret-file.ts'
import { openMetadata } from './metadata/database.ts'

export interface ResetOptions {
  readonly data: string
  /** The installation's first client when it is not given. */
  readonly clientId?: string | undefined
  /** The secret goes to a file in the data folder, because nobody is looking (decisions.md 22). */
  readonly keepsSecretInFile: boolean
}

export interface ResetClient {
  readonly clientId: string
  readonly organizationId: string
  readonly secret: string
  /** Readable by its owner alone. */
  readonly secretFile: string | undefined
}

/**
 * Gives a client of a data folder a new secret, without a server; its old secret, tokens and sessions end.
 * @throws DataFolderProblem when the folder has no data or cannot be used, Refusal not.found for an unknown client.
 */
export async function resetClient(options: ResetOptions): Promise<ResetClient> {
  if (!existsSync(join(options.data, 'metadata.sqlite'))) {
    throw new DataFolderProblem(`There is no Routemeter data in ${options.data}. Name the data folder with --data.`)
  }
  const folder = openDataFolder(options.data)
  const metadata = await openMetadata(folder.metadataFile)
  try {
    const secretFile = folder.firstClientSecretFile
    const reset = await resetClientSecret(metadata, { clientId: options.clientId, secretFile }, Date.now())
    if (!options.keepsSecretInFile) return { ...reset, secretFile: undefined }
    const own = join(folder.path, 'client-secret')
    writeSecretFile(own, reset.secret)
    return { ...reset, secretFile: own }
  } finally {
    await metadata.destroy()
  }
}
