import { Type } from 'typebox'
import { INGEST_KEY_KINDS } from '../../../metadata/ingest-keys.ts'

export const IngestKeyKindSchema = Type.Enum([...INGEST_KEY_KINDS], {
  description: 'How it is sent: in a header, or as the client id of an Apitally client, which is good for that alone',
})
