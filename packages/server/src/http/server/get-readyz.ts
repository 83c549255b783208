import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import type { ApiModule } from '../api.ts'

/** Seconds after which another process has usually taken over. */
const RETRY_SECONDS = 5

/** GET /readyz: send requests here, or (503) no longer: the server is stopping. */
export const getReadyz: ApiModule = (api, parts) => {
  const schema = {
    operationId: 'getReadyz',
    tags: ['Server'],
    summary: 'May requests be sent here',
    description: '503 from the moment the server was told to stop; requests under way are still finished.',
    response: { 200: Type.Object({ status: Type.Literal('ok') }) },
  }
  const config = { access: { public: true }, refusals: ['service.unavailable'] } as const
  api.get('/readyz', { schema, config }, async () => {
    if (parts.isReady()) return { status: 'ok' } as const
    throw new Refusal('service.unavailable', 'The server is stopping.', {}, { retryAfter: RETRY_SECONDS })
  })
}
