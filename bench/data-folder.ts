import { openDataFolder } from '../packages/server/src/data-folder.ts'
import { platformTemplates } from '../packages/server/src/demo/platform-templates.ts'
import { SILENT_LOG } from '../packages/server/src/domain/log.ts'
import { ensureFirstClient } from '../packages/server/src/identity/first-client.ts'
import { makeOrganization } from '../packages/server/src/identity/organizations.ts'
import { openMetadata } from '../packages/server/src/metadata/database.ts'
import { addRouteTemplates } from '../packages/server/src/metadata/route-templates.ts'
import { openDuckDbStore } from '../packages/server/src/store/duckdb/duckdb-store.ts'
import type { UsageStore } from '../packages/server/src/store/usage-store.ts'

export const ORGANIZATION_ID = 'bench'
export const CLIENT_ID = 'bench'
export const CLIENT_SECRET = 'a-secret-for-the-benchmark-only'

/**
 * Makes a data folder as a server would, with an organization that knows the platform's 2,206 route templates.
 * @returns where its usage file is; it is closed.
 */
export async function makeDataFolder(path: string): Promise<string> {
  const folder = openDataFolder(path)
  await (await openUsage(folder.usageFile))[Symbol.asyncDispose]()
  const metadata = await openMetadata(folder.metadataFile)
  const organization = { id: ORGANIZATION_ID, name: 'Bench' }
  const now = Date.now()
  await ensureFirstClient(metadata, { organization, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }, now)
  await addRouteTemplates(metadata, ORGANIZATION_ID, platformTemplates(), now)
  await metadata.destroy()
  folder.seal()
  return folder.usageFile
}

/** One more organization, in a data folder that no server has open. @returns its administrator. */
export async function addOrganization(path: string, id: string): Promise<{ clientId: string; secret: string }> {
  const metadata = await openMetadata(openDataFolder(path).metadataFile)
  const { client, secret } = await makeOrganization(metadata, { clientId: CLIENT_ID }, { id, name: id }, Date.now())
  await metadata.destroy()
  return { clientId: client.id, secret }
}

export function openUsage(path: string, now: () => number = Date.now): Promise<UsageStore> {
  return openDuckDbStore({ path, now, log: SILENT_LOG })
}
