import { Type } from 'typebox'
import { makeIngestKey } from '../../identity/ingest-keys.ts'
import type { ApiModule } from '../api.ts'
import { EntityName } from './schemas/entity-name.ts'
import { IngestKeyKindSchema } from './schemas/ingest-key-kind.ts'

const NewIngestKey = Type.Object(
  {
    name: EntityName,
    kind: Type.Optional(IngestKeyKindSchema),
    anyOrganization: Type.Optional(
      Type.Boolean({ description: 'It may send events of every organization; needs platform:admin' }),
    ),
  },
  { additionalProperties: false },
)

const MadeIngestKey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: IngestKeyKindSchema,
  key: Type.String({ description: 'Told once: only its hash is kept' }),
  anyOrganization: Type.Boolean(),
})

/** POST /v1/ingest-keys (api.md §2): a credential that sends events and does nothing else. */
export const postIngestKeys: ApiModule = (api, { metadata, now }) => {
  const schema = {
    operationId: 'postIngestKeys',
    tags: ['Ingest keys'],
    summary: 'Make an ingest key',
    description: 'Needs usage:event:add as well: nobody can give what they do not have.',
    body: NewIngestKey,
    response: { 201: MadeIngestKey },
  }
  const config = { access: { anyPermission: ['oauth:client:add'] } } as const
  api.post('/v1/ingest-keys', { schema, config }, async (request, reply) => {
    const { name, kind = 'header', anyOrganization = false } = request.body
    const { record, key } = await makeIngestKey(metadata, request.caller, { name, kind, anyOrganization }, now())
    return reply.code(201).send({ id: record.id, name, kind, key, anyOrganization })
  })
}
