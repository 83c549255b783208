import { Random } from '../packages/server/src/demo/random.ts'
import { demoMinute } from '../packages/server/src/demo/traffic.ts'
import { EVENT_CLIENTS, EVENT_USERS, eventLines, pathOf, ROUTE_TEMPLATES, uuid } from './events.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const EVENTS_A_BODY = 10_000
const CALLS_PER_SECOND = 100
const USERS_EACH = 10
const ROUTES_EACH = 15

/** Bodies of events, as lines, in order of time. */
export type Traffic = Iterable<readonly string[]>

/** 24 integrations that each call 15 routes for 10 users, 100 calls a second in all: what a gateway sees most of. */
export function* steadyTraffic(until: number, hours: number): Traffic {
  const random = new Random(1, 'steady')
  const bodies = Math.floor((hours * 3_600 * CALLS_PER_SECOND) / EVENTS_A_BODY)
  const bodyMs = (EVENTS_A_BODY / CALLS_PER_SECOND) * 1000
  for (let body = 0; body < bodies; body++) {
    const start = until - (bodies - body) * bodyMs
    yield Array.from({ length: EVENTS_A_BODY }, (_, index) => {
      const client = random.below(EVENT_CLIENTS.length)
      const route = client * ROUTES_EACH + random.below(ROUTES_EACH)
      return JSON.stringify({
        id: uuid(random),
        time: Math.floor(start + (index / EVENTS_A_BODY) * bodyMs),
        clientId: EVENT_CLIENTS[client],
        userId: EVENT_USERS[client * USERS_EACH + random.below(USERS_EACH)],
        method: route % 4 === 0 ? 'POST' : 'GET',
        path: pathOf((route * 7) % ROUTE_TEMPLATES.length, random),
        status: random.below(50) === 0 ? 404 : 200,
        durationMs: Math.round(40_000 * Math.exp(0.6 * random.normal())) / 1000,
      })
    })
  }
}

/** The demo organization's calls of so many days. */
export function* demoTraffic(until: number, days: number): Traffic {
  const story = { seed: 7, badReleaseAt: until - DAY_MINUTES * MINUTE_MS }
  const last = Math.floor(until / MINUTE_MS)
  let lines: string[] = []
  for (let minute = last - days * DAY_MINUTES; minute < last; minute++) {
    lines.push(...demoMinute(story, minute).map((event) => JSON.stringify(event)))
    if (lines.length < EVENTS_A_BODY) continue
    yield lines
    lines = []
  }
  yield lines
}

/** The events of the ingest benchmark: hardly two of them share a rollup. */
export function* spreadTraffic(until: number, bodies: number): Traffic {
  for (let body = 0; body < bodies; body++) yield eventLines({ bodies, eventsEach: EVENTS_A_BODY, until }, body)
}
