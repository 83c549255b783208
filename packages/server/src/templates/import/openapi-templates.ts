import { type Fields, isFields, notOpenApi } from './openapi-document.ts'
import { checkReferences, resolveReference } from './references.ts'
import { serverPaths } from './server-paths.ts'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/**
 * The full paths of an OpenAPI 2, 3.0 or 3.1 document: those of `paths` behind every base path, which `basePath` or the
 * servers of the document, the path or an operation name.
 * @throws Refusal constraint.validation for what is no such document, or refers to another one: nothing is fetched.
 */
export function openApiTemplates(document: unknown): readonly string[] {
  const root = isFields(document) ? document : {}
  const isSecond = versionOf(root) === 2
  checkReferences(root)
  const { paths } = root
  // 3.1 has documents of components or webhooks alone.
  if (paths === undefined && !isSecond && String(root.openapi) >= '3.1') return []
  if (!isFields(paths)) throw notOpenApi('its [paths] are no object', paths)
  const bases = isSecond ? [basePathOf(root)] : serverPaths(root.servers)
  return Object.entries(paths)
    .filter(([path]) => !path.startsWith('x-'))
    .flatMap(([path, item]) => {
      const own = isSecond ? bases : basesOf(resolveReference(root, item), bases)
      return own.map((base) => `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`)
    })
}

function versionOf({ swagger, openapi }: Fields): 2 | 3 {
  if (String(swagger) === '2.0' || swagger === 2) return 2
  if (typeof openapi === 'string' && /^3\.[012](?:\.|$)/.test(openapi)) return 3
  if (openapi === 3 || openapi === 3.1) return 3
  throw notOpenApi('it must say "swagger": "2.0" or "openapi": "3.0" or "3.1", and says', openapi ?? swagger)
}

function basePathOf({ basePath = '' }: Fields): string {
  if (typeof basePath === 'string') return basePath
  throw notOpenApi('its [basePath] must be a text', basePath)
}

/** An operation's servers go before its path's, those before the document's. */
function basesOf(item: unknown, ofDocument: readonly string[]): readonly string[] {
  if (!isFields(item)) return ofDocument
  const ofPath = item.servers === undefined ? ofDocument : serverPaths(item.servers)
  const operations = METHODS.map((method) => item[method]).filter(isFields)
  const bases = operations.map(({ servers }) => (servers === undefined ? ofPath : serverPaths(servers)))
  return operations.length === 0 ? ofPath : [...new Set(bases.flat())]
}
