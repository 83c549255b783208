import { createRequire } from 'node:module'
import { PathResolver } from '../packages/server/src/templates/path-resolver.ts'
import { eventPaths, ROUTE_TEMPLATES } from './events.ts'
import { atLeast, type Bar, type Figure, median } from './figure.ts'
import type { Part } from './part.ts'

const PATHS = 200_000

export const resolver: Part = {
  name: 'resolver',
  title: 'Route resolver',
  method: `${PATHS.toLocaleString('en-US')} different paths over 2,206 route templates, on one core, against find-my-way, which is fastify’s own router, with the same templates and paths.`,
  async measure({ full }) {
    const paths = eventPaths(PATHS)
    const resolver = new PathResolver(ROUTE_TEMPLATES.map((template) => template.slice(1)))
    const ways: readonly Way[] = [
      { name: 'find-my-way', kind: 'other', pass: withFindMyWay(paths) },
      { name: 'Routemeter, paths as strings', kind: 'ours', pass: ofStrings(resolver, paths) },
      { name: 'Routemeter, paths in the bytes of a body', kind: 'ours', pass: ofBytes(resolver, paths) },
    ]
    const speeds = ways.map(() => [] as number[])
    // In turn, so that a busy moment of the machine falls on all of them; the first pass warms up.
    for (let pass = 0; pass <= (full ? 15 : 5); pass++) {
      for (const [index, way] of ways.entries()) {
        const speed = millionsASecond(way.pass)
        if (pass > 0) speeds[index]?.push(speed)
      }
    }
    const medians = speeds.map(median)
    const [theirs = Number.NaN] = medians
    const against = `find-my-way: ${theirs.toFixed(1)} million/s`
    const figures = ways.slice(1).map(({ name }, index): Figure => {
      const ours = medians[index + 1] ?? Number.NaN
      return {
        name,
        value: `${ours.toFixed(1)} million paths/s`,
        against,
        ratio: ours / theirs,
        target: atLeast(5, ours, ' million/s'),
      }
    })
    const bars = ways.map(({ name, kind }, index): Bar => {
      const value = medians[index] ?? Number.NaN
      return { label: name, value, text: `${value.toFixed(1)} million/s`, kind }
    })
    return { figures, charts: [{ name: 'resolver', title: 'Paths resolved a second', bars }] }
  },
}

interface Way {
  readonly name: string
  readonly kind: Bar['kind']
  /** Resolves every path; how many were found. */
  readonly pass: () => number
}

function millionsASecond(pass: () => number): number {
  const started = performance.now()
  const found = pass()
  const seconds = (performance.now() - started) / 1000
  if (found !== PATHS) throw new Error(`${found} of ${PATHS} paths were found`)
  return PATHS / seconds / 1e6
}

function ofStrings(resolver: PathResolver, paths: readonly string[]): () => number {
  return () => {
    let found = 0
    for (const path of paths) if (resolver.resolve(path, 200) !== '') found++
    return found
  }
}

function ofBytes(resolver: PathResolver, paths: readonly string[]): () => number {
  const bytes = Buffer.from(paths.join(''))
  const ends = new Uint32Array(paths.length)
  let end = 0
  for (const [index, path] of paths.entries()) {
    end += path.length
    ends[index] = end
  }
  return () => {
    let [found, start] = [0, 0]
    for (const end of ends) {
      if (resolver.resolveAscii(bytes, start, end, 200) !== '') found++
      start = end
    }
    return found
  }
}

/** What of find-my-way is used. */
interface Router {
  on(method: string, path: string, handler: () => void): void
  find(method: string, path: string): object | null
}

function withFindMyWay(paths: readonly string[]): () => number {
  // The one that fastify brings, not one of our own choice.
  const ofServer = createRequire(new URL('../packages/server/package.json', import.meta.url))
  const ofFastify = createRequire(ofServer.resolve('fastify'))
  const makeRouter: () => Router = ofFastify('find-my-way')
  const router = makeRouter()
  // It refuses a route that differs from another by the names of parameters alone.
  const routes = new Map(ROUTE_TEMPLATES.map((template) => [template.replace(/\{\w+\}/g, ':'), template]))
  for (const route of routes.values()) router.on('GET', route.replace(/\{(\w+)\}/g, ':$1'), () => undefined)
  return () => {
    let found = 0
    for (const path of paths) if (router.find('GET', path) !== null) found++
    return found
  }
}
