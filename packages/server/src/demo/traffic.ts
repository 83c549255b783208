import { BURSTING_CLIENT, DEMO_CALLS_ALLOWED_PER_MINUTE, DEMO_CLIENTS, type DemoClient } from './clients.ts'
import { Random } from './random.ts'

/** An event as a sender would write it (api.md §3). */
export interface DemoEvent {
  readonly id: string
  readonly time: number
  readonly clientId: string
  readonly clientName: string
  readonly userId: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly platform: string
  readonly durationMs: number
  readonly requestBytes: number
  readonly responseBytes: number
}

export interface DemoStory {
  readonly seed: number
  /** When the bursting client's bad release began, milliseconds since 1970. */
  readonly badReleaseAt: number
}

const MINUTE_MS = 60_000

/**
 * The demo organization's calls of one minute, in order of time: a function of the story and the minute alone, ids
 * included, so that a minute that is made and sent again is recognized as the same.
 */
export function demoMinute(story: DemoStory, minute: number): readonly DemoEvent[] {
  return DEMO_CLIENTS.flatMap((client) => clientMinute(story, client, minute)).sort((a, b) => a.time - b.time)
}

function clientMinute(story: DemoStory, client: DemoClient, minute: number): readonly DemoEvent[] {
  const random = new Random(story.seed, `${client.id}/${minute}`)
  const steady = random.arrivals(client.callsPerMinute * rhythmAt(client.rhythm, minute * MINUTE_MS))
  const count = steady + (client === BURSTING_CLIENT ? burst(story, minute, random) : 0)
  const offsets = Array.from({ length: count }, () => random.below(MINUTE_MS)).sort((a, b) => a - b)
  return offsets.map((offset, index) => demoEvent(client, minute, offset, index, random))
}

function demoEvent(client: DemoClient, minute: number, offset: number, index: number, random: Random): DemoEvent {
  const route = random.pick(client.routes)
  const status = index >= DEMO_CALLS_ALLOWED_PER_MINUTE ? 429 : outcome(client, random)
  const userId = demoUser(client, random.below(client.users))
  return {
    id: `${client.id.slice(-2)}-${minute}-${index}`,
    time: minute * MINUTE_MS + offset,
    clientId: client.id,
    clientName: client.name,
    userId,
    method: route.method,
    path: `/${route.template.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'userId' ? userId : random.uuid()))}`,
    status,
    platform: client.platform,
    durationMs: Math.round(client.medianMs * (status === 429 ? 0.05 : Math.exp(0.6 * random.normal())) * 1000) / 1000,
    requestBytes: 180 + random.below(route.method === 'GET' ? 120 : 2_400),
    responseBytes: status === 200 ? 400 + random.below(12_000) : 160,
  }
}

function outcome(client: DemoClient, random: Random): number {
  const draw = random.next()
  if (draw < client.serverErrors) return random.pick([500, 502, 503, 504])
  if (draw < client.serverErrors + client.clientErrors) return random.pick([400, 401, 404, 409])
  return random.next() < 0.02 ? 304 : 200
}

function demoUser(client: DemoClient, index: number): string {
  return new Random(1, `${client.id}/user/${index}`).uuid()
}

/** A share of the peak, 0 to 1, by UTC hour and day of the week. */
function rhythmAt(rhythm: DemoClient['rhythm'], time: number): number {
  if (rhythm === 'steady') return 1
  const day = new Date(time).getUTCDay()
  const hour = (time % (24 * 60 * MINUTE_MS)) / (60 * MINUTE_MS)
  const weekend = day === 0 || day === 6
  if (rhythm === 'evening') return bell(hour, 19.5, 3) * (weekend ? 1 : 0.7) + 0.05
  const noonDip = 1 - 0.35 * bell(hour, 12.5, 0.7)
  return (weekend ? 0.08 : 1) * bell(hour, 13, 3.4) * noonDip + 0.01
}

function bell(hour: number, middle: number, width: number): number {
  return Math.exp(-(((hour - middle) / width) ** 2))
}

/** Once a night within the limit; after the bad release two minutes of every ten, over it. */
function burst(story: DemoStory, minute: number, random: Random): number {
  if (minute * MINUTE_MS >= story.badReleaseAt) return minute % 10 < 2 ? 380 + random.below(40) : 0
  const minuteOfDay = minute % (24 * 60)
  return minuteOfDay >= 120 && minuteOfDay < 125 ? 230 + random.below(40) : 0
}
