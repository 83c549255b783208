/**
 * How a framework writes what braces enclose: `{/:id}` is a part that may be missing (express 5, koa), `:id{[0-9]+}`
 * the pattern of a parameter (hono); fastify has no braces.
 */
export type Braces = 'optional part' | 'pattern'

const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy
const QUOTED = /"((?:[^"\\]|\\.)*)"/y

/**
 * A framework's route as a route template: parameters are written `{id}`, their patterns are left out, and optional
 * parts are kept, so that a route is one template whatever was optional in a call. A wildcard without a name is `*`.
 */
export function templateOf(route: string, braces: Braces): string {
  let template = ''
  let at = 0
  while (at < route.length) {
    const char = route.charAt(at)
    if (char === '\\') {
      template += route.charAt(at + 1)
      at += 2
    } else if (char === ':' && route[at + 1] === ':') {
      template += ':'
      at += 2
    } else if (char === ':' || char === '*') {
      const { name, end } = nameAt(route, at + 1)
      template += name === '' ? char : `{${name}}`
      at = name === '' ? end : endOfParameter(route, end, braces)
    } else if (char === '(') {
      template += '*'
      at = skipModifier(route, closing(route, at, '(', ')'))
    } else if ((char === '{' || char === '}') && braces === 'optional part') {
      at++
    } else if (char === '?' || char === '+') {
      at++
    } else {
      template += char
      at++
    }
  }
  return withoutEndSlash(template.replace(/\/{2,}/g, '/'))
}

/** A route that fits every path, in any of the spellings: a page for what is not found, more often than a route. */
export function isCatchAll(route: string): boolean {
  return /^[/{]*(\*\w*|:\w+\(\.\*\)|:\w+\{\.[*+]\}|\(\.\*\))[}?]*$/.test(route)
}

/** Where a parameter ends: its pattern and its modifier are no part of the template. */
function endOfParameter(route: string, at: number, braces: Braces): number {
  let end = at
  if (route[end] === '(') end = closing(route, end, '(', ')')
  else if (route[end] === '{' && braces === 'pattern') end = closing(route, end, '{', '}')
  return skipModifier(route, end)
}

function skipModifier(route: string, at: number): number {
  return '?*+'.includes(route[at] ?? ' ') ? at + 1 : at
}

function nameAt(route: string, at: number): { readonly name: string; readonly end: number } {
  for (const pattern of [NAME, QUOTED]) {
    pattern.lastIndex = at
    const found = pattern.exec(route)
    if (found !== null) return { name: found[1] ?? found[0], end: pattern.lastIndex }
  }
  return { name: '', end: at }
}

/** Behind the bracket that closes the one at `at`; patterns may nest and escape them. */
function closing(route: string, at: number, open: string, close: string): number {
  let depth = 0
  for (let index = at; index < route.length; index++) {
    if (route[index] === '\\') index++
    else if (route[index] === open) depth++
    else if (route[index] === close && --depth === 0) return index + 1
  }
  return route.length
}

function withoutEndSlash(template: string): string {
  return template.length > 1 && template.endsWith('/') ? template.slice(0, -1) : template
}
