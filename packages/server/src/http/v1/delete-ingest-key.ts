import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { removeIngestKey } from '../../metadata/ingest-keys.ts'
import type { ApiModule } from '../api.ts'

/** DELETE /v1/ingest-keys/{keyId}: the key is dead when the answer is there. */
export const deleteIngestKey: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'deleteIngestKey',
    tags: ['Ingest keys'],
    summary: 'End an ingest key',
    params: Type.Object({ keyId: Type.String() }),
    response: { 204: Type.Null({ description: 'The key is dead' }) },
  }
  const config = { access: { anyPermission: ['oauth:client:delete'] } } as const
  api.delete('/v1/ingest-keys/:keyId', { schema, config }, async (request, reply) => {
    const { keyId } = request.params
    if (await removeIngestKey(metadata, request.caller.organizationId, keyId)) return reply.code(204).send(null)
    throw new Refusal('not.found', 'There is no ingest key [{keyId}].', { keyId })
  })
}
