import { Type } from 'typebox'
import { DIMENSIONS } from '../../../domain/catalogue.ts'
import type { FullReceipt, Receipt } from '../../../ingest/ingest.ts'
import { ErrorBodySchema } from '../../openapi-errors.ts'

const text = (description: string, maxLength: number) => Type.Optional(Type.String({ description, maxLength }))
const bytes = (description: string) =>
  Type.Optional(Type.Integer({ description, minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

/** One finished API call as senders describe it (api.md §3). It documents; domain/event-validation.ts checks. */
export const UsageEventSchema = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        description:
          'Identifies the event together with its organization and time: sent again, it is not counted again',
        minLength: 1,
        maxLength: 128,
      }),
    ),
    time: Type.Union([Type.String({ format: 'date-time' }), Type.Number({ minimum: 0 })], {
      description: 'When the call arrived: RFC 3339, or milliseconds since 1970',
    }),
    organizationId: text('Default: the sender’s own', DIMENSIONS.organizationId.longest),
    clientId: text(DIMENSIONS.clientId.description, DIMENSIONS.clientId.longest),
    clientName: text('The client’s name', DIMENSIONS.clientName.longest),
    userId: text(DIMENSIONS.userId.description, DIMENSIONS.userId.longest),
    method: Type.String({ description: DIMENSIONS.httpMethod.description, maxLength: DIMENSIONS.httpMethod.longest }),
    path: Type.Optional(Type.String({ description: 'The raw path; needed without a templateUri' })),
    templateUri: text('The route template; needed without a path', DIMENSIONS.templateUri.longest),
    status: Type.Integer({ description: 'The HTTP status', minimum: 100, maximum: 599 }),
    platform: text(DIMENSIONS.platform.description, DIMENSIONS.platform.longest),
    durationMs: Type.Optional(Type.Number({ description: 'How long it took', minimum: 0, maximum: 2_592_000_000 })),
    requestBytes: bytes('Bytes received'),
    responseBytes: bytes('Bytes sent'),
  },
  { description: 'One finished API call' },
)

const count = (description: string) => Type.Integer({ description, minimum: 0 })

const receipt = {
  accepted: count('Counted now, and durable; a record that stands for n calls is n of them'),
  duplicates: count('Counted before, and not again; by calls too'),
  rejected: count('Not counted; a record of many calls is one'),
  errors: Type.Array(
    Type.Object({
      index: count('Which event it was: from 0, blank lines left out'),
      code: Type.String(),
      message: Type.String(),
    }),
    { description: 'Why events were rejected; the first 100' },
  ),
  unmatched: Type.Optional(
    count('Of the others, those with a path that fits no route template; told when it is asked for'),
  ),
}

/** What became of a body of events. */
export const ReceiptSchema = Type.Unsafe<Receipt & Partial<FullReceipt>>(Type.Object(receipt))

/** What a body of events is refused with: when nothing of it could be used, the receipt’s fields stand in the error. */
export const EventsErrorSchema = Type.Object(
  { ...ErrorBodySchema.properties, ...Type.Partial(Type.Object(receipt)).properties, errors: receipt.errors },
  { title: 'EventsError', description: 'The body cannot be read, or (with a receipt) no event of it could be used.' },
)
