import { platformTemplates } from '../packages/server/src/demo/platform-templates.ts'
import { Random } from '../packages/server/src/demo/random.ts'

export const ROUTE_TEMPLATES: readonly string[] = platformTemplates().map((template) => `/${template}`)

const CLIENTS = 24
const USERS = 5_000
const HOUR_MS = 3_600_000
/** The last group of an id. */
const NUMBER_DIGITS = 12
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'] as const
const STATUSES = [200, 200, 200, 200, 200, 201, 204, 404, 429, 500] as const

/** Which events: the same plan makes the same ones, in whatever process. */
export interface EventPlan {
  readonly bodies: number
  readonly eventsEach: number
  /** Times lie within `overMs`, an hour by default, before this instant; milliseconds since 1970. */
  readonly until: number
  readonly overMs?: number
  readonly seed?: number
}

/**
 * Bodies of NDJSON as a busy gateway sends them: unique ids, raw paths over 2,206 templates, 24 clients, 5,000 users,
 * about 300 bytes an event. The id stands first in its line.
 */
export function eventBodies(plan: EventPlan): readonly Buffer[] {
  return Array.from({ length: plan.bodies }, (_, body) => Buffer.from(`${eventLines(plan, body).join('\n')}\n`))
}

/** The lines of one body of a plan. */
export function eventLines(plan: EventPlan, body: number): readonly string[] {
  const { eventsEach, until, overMs = HOUR_MS, seed = 1 } = plan
  const random = new Random(seed, `body ${body}`)
  return Array.from({ length: eventsEach }, (_, index) =>
    JSON.stringify({
      id: uniqueId(random, body * eventsEach + index),
      time: new Date(until - 1 - random.below(overMs)).toISOString(),
      clientId: EVENT_CLIENTS[random.below(CLIENTS)],
      userId: EVENT_USERS[random.below(USERS)],
      method: METHODS[random.below(METHODS.length)],
      path: pathOf(random.below(ROUTE_TEMPLATES.length), random),
      status: STATUSES[random.below(STATUSES.length)],
      durationMs: 5 + random.below(500),
    }),
  )
}

/** Different paths, of all templates in turn, as they stand in an access log. */
export function eventPaths(count: number): readonly string[] {
  const random = new Random(1, 'paths')
  return Array.from({ length: count }, () => pathOf(random.below(ROUTE_TEMPLATES.length), random))
}

const TEMPLATE_PIECES = ROUTE_TEMPLATES.map((template) => template.split(/\{\w+\}/))

/** A path of the template with this index. */
export function pathOf(template: number, random: Random): string {
  const [first = '', ...others] = TEMPLATE_PIECES[template] ?? []
  let path = first
  for (const piece of others) path += uuid(random) + piece
  return path
}

const QUARTERS = Array.from({ length: 65_536 }, (_, number) => number.toString(16).padStart(4, '0'))

/** As Random.uuid, eight numbers instead of 33: millions are made before a measurement. */
export function uuid(random: Random): string {
  const four = () => QUARTERS[random.below(65_536)] ?? ''
  return `${four()}${four()}-${four()}-4${four().slice(1)}-a${four().slice(1)}-${four()}${four()}${four()}`
}

/** The generator of one body may come upon the numbers of another: the event's own number tells their ids apart. */
function uniqueId(random: Random, number: number): string {
  return uuid(random).slice(0, -NUMBER_DIGITS) + number.toString(16).padStart(NUMBER_DIGITS, '0')
}

const callers = new Random(1, 'callers')
export const EVENT_USERS: readonly string[] = Array.from({ length: USERS }, () => uuid(callers))
export const EVENT_CLIENTS: readonly string[] = Array.from({ length: CLIENTS }, () => uuid(callers))
