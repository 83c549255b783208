import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import type { ApiModule } from '../api.ts'

const ASSETS = [
  { name: 'page.css', type: 'text/css; charset=utf-8', file: new URL('./page.css', import.meta.url) },
  { name: 'page.js', type: 'text/javascript; charset=utf-8', file: new URL('./page.js', import.meta.url) },
  { name: 'icon.svg', type: 'image/svg+xml', file: new URL('./icon.svg', import.meta.url) },
]

/** GET /assets/*: what the page at / is made of. */
export const getPageAssets: ApiModule = (api) => {
  const config = { access: { public: true } } as const
  for (const { name, type, file } of ASSETS) {
    const text = readFileSync(file, 'utf8')
    const schema = { hide: true, response: { 200: Type.String() } }
    api.get(`/assets/${name}`, { schema, config }, async (_request, reply) => reply.type(type).send(text))
  }
}
