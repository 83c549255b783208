/** What most paths have none of: something to cut off, to decode or to resolve. */
const NOT_NORMAL = /[%?#]|\/[/.]/

/**
 * The path of a request as templates are matched against it: without query, fragment, scheme and authority, without a
 * trailing slash, `//` and dot segments resolved, escaped unreserved characters decoded, the other escapes in upper
 * case (`%2f` stays inside its segment, as `%2F`), what is no escape left as it is (sources.md, "Paths").
 * @returns with a leading slash; the root is `/`.
 */
export function normalizePath(path: string): string {
  if (path.startsWith('/') && (path.length === 1 || !path.endsWith('/')) && !NOT_NORMAL.test(path)) return path
  return resolveSegments(decodeUnreserved(withoutAuthority(withoutQuery(path))))
}

/**
 * How a normal path or template is kept and shown: without the leading slash (api.md §3). The root stays `/`: an empty
 * text would read as "no template" in every answer.
 */
export function withoutLeadingSlash(normalPath: string): string {
  return normalPath === '/' ? normalPath : normalPath.slice(1)
}

export function withoutQuery(path: string): string {
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

function withoutAuthority(path: string): string {
  return path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
}

/** RFC 3986 §6.2.2: letters, digits and `-._~` mean the same with and without an escape, all others do not. */
function decodeUnreserved(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
  })
}

function resolveSegments(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}
