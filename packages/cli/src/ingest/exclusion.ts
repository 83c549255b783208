import { CommandProblem, EXIT } from '../exit-code.ts'

/** What `--exclude` takes: a method, a path, or the beginning of paths. */
export type Excludes = (method: string, path: string) => boolean

/**
 * `OPTIONS` is a method, `/healthz` a path, `/internal/*` all paths that begin so; `HEAD /healthz` is both.
 * @throws CommandProblem for something else.
 */
export function excludes(given: readonly string[]): Excludes | undefined {
  if (given.length === 0) return undefined
  const rules = given.map(ruleOf)
  return (method, path) => rules.some((rule) => rule(method, path))
}

function ruleOf(given: string): Excludes {
  const [, method, path] = /^(?:([A-Z]+)(?: +|$))?(\/\S*)?$/.exec(given.trim()) ?? []
  if (method === undefined && path === undefined) {
    const allowed = 'a method such as OPTIONS, a path such as /healthz or /internal/*, or both: "HEAD /healthz"'
    throw new CommandProblem(EXIT.wrongUsage, `--exclude ${JSON.stringify(given)}: it must be ${allowed}`)
  }
  const isPath = path === undefined ? () => true : pathRule(path)
  return (each, eachPath) => (method === undefined || method === each) && isPath(eachPath)
}

function pathRule(pattern: string): (path: string) => boolean {
  const start = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined
  return (path) => {
    const bare = `/${path.replace(/^\/+/, '').replace(/[?#].*$/, '')}`
    return start === undefined ? bare === pattern : bare.startsWith(start)
  }
}
