import type { ApiModule } from '../api.ts'
import { TokenInfo, tokenInfoOf } from './token-info.ts'

/** GET /api/v2/tokens/me: whose token this is. */
export const getTokensMe: ApiModule = (api, { metadata }) => {
  const schema = {
    operationId: 'getTokensMe',
    tags: ['Tokens'],
    summary: 'Fetch information about the current token',
    response: { 200: TokenInfo },
  }
  const config = { access: { anyPermission: [] } }
  const route = { schema, config, exposeHeadRoute: false }
  api.get('/api/v2/tokens/me', route, (request) => tokenInfoOf(metadata, request.caller))
}
