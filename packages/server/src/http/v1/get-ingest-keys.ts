import { Type } from 'typebox'
import { listIngestKeys } from '../../metadata/ingest-keys.ts'
import type { ApiModule } from '../api.ts'
import { IngestKeyKindSchema } from './schemas/ingest-key-kind.ts'

const IngestKey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: IngestKeyKindSchema,
  anyOrganization: Type.Boolean(),
  dateCreated: Type.String({ description: 'RFC 3339' }),
})

/** GET /v1/ingest-keys: the organization's, oldest first, without the keys themselves. */
export const getIngestKeys: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getIngestKeys',
    tags: ['Ingest keys'],
    summary: 'List the organization’s ingest keys',
    response: { 200: Type.Object({ entities: Type.Array(IngestKey) }) },
  }
  const config = { access: { anyPermission: ['oauth:client:view'] } } as const
  api.get('/v1/ingest-keys', { schema, config }, async (request) => {
    const keys = await listIngestKeys(metadata, request.caller.organizationId)
    const entities = keys.map(({ id, name, kind, anyOrganization, createdAt }) => {
      return { id, name, kind, anyOrganization, dateCreated: new Date(createdAt).toISOString() }
    })
    return { entities }
  })
}
