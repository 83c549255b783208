import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'

/** GET /livez: the process answers; one that does not should be started anew. */
export const getLivez: ApiModule = (api) => {
  const schema = {
    operationId: 'getLivez',
    tags: ['Server'],
    summary: 'Is the process alive',
    response: { 200: Type.Object({ status: Type.Literal('ok') }) },
  }
  const config = { access: { public: true } } as const
  api.get('/livez', { schema, config }, async () => ({ status: 'ok' }) as const)
}
