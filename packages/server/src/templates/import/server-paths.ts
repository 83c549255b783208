import { type Fields, isFields, notOpenApi } from './openapi-document.ts'

/** A server with several variables of many values has as many paths as their product. */
const MOST_PATHS = 100

/**
 * The paths at which the servers of an OpenAPI 3 document have the API. A variable stands for each value of its `enum`,
 * without one for its default.
 */
export function serverPaths(servers: unknown): readonly string[] {
  if (servers === undefined) return ['']
  if (!Array.isArray(servers)) throw notOpenApi('its [servers] must be a list', servers)
  if (servers.length === 0) return ['']
  return [...new Set(servers.flatMap(pathsOf))].slice(0, MOST_PATHS)
}

function pathsOf(server: unknown): readonly string[] {
  if (!isFields(server) || typeof server.url !== 'string') throw notOpenApi('a server must have a [url]', server)
  const variables = isFields(server.variables) ? server.variables : {}
  let urls = [server.url]
  for (const name of new Set(Array.from(server.url.matchAll(/\{([^{}]+)\}/g), ([, name = '']) => name))) {
    const values = valuesOf(variables[name])
    if (values.length === 0) continue
    urls = urls.flatMap((url) => values.map((value) => url.replaceAll(`{${name}}`, () => value))).slice(0, MOST_PATHS)
  }
  return urls.map(pathOf)
}

/** A variable that is not described stays: it is a parameter of the path. */
function valuesOf(variable: unknown): readonly string[] {
  const { enum: values, default: usual }: Fields = isFields(variable) ? variable : {}
  const texts = Array.isArray(values) ? values.map(String) : []
  if (texts.length > 0) return texts
  return usual === undefined ? [] : [String(usual)]
}

/** Of an absolute URL, one without a scheme, an absolute path, or a path relative to where the document lies. */
function pathOf(url: string): string {
  return url.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i, '').replace(/[?#].*$/, '')
}
