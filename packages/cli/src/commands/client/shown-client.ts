import type { OAuthClient } from '@routemeter/client'
import { writeFields } from './fields.ts'

type ShownClient = OAuthClient & { readonly secret?: string; readonly secretFile?: string }

/** Writes a client: as the server tells it in JSON, else the fields that people look for. */
export function writeClient(client: ShownClient, flags: { json?: boolean }): void {
  writeFields(flags.json ? client : told(client), flags)
}

function told(client: ShownClient): object {
  const { id, name, description = '', state, dateCreated, dateModified, permissions, ...rest } = client
  return {
    id,
    name,
    description,
    ...secretOf(rest),
    state,
    grant: rest.authorizedGrantType,
    tokenSeconds: rest.accessTokenValiditySeconds,
    redirectUris: rest.registeredRedirectUri,
    created: dateCreated,
    modified: dateModified,
    permissions: permissions.length === 0 ? 'none' : permissions,
  }
}

function secretOf(fields: { readonly secret?: string; readonly secretFile?: string }): object {
  if (fields.secretFile !== undefined) return { secretFile: fields.secretFile }
  return fields.secret === undefined ? {} : { secret: fields.secret }
}
