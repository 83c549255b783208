import { clientId as administrator } from '../running-server.ts'
import { Random } from './random.ts'

/** What an event is counted by; made here from what is sent, never from what the server says. */
export interface Call {
  /** '' is the sender's own. */
  readonly organizationId: string
  readonly clientId: string
  readonly userId: string
  readonly httpMethod: string
  readonly templateUri: string
  readonly status: number
  /** Milliseconds since 1970. */
  readonly time: number
}

/** A body of events: what is in it follows from these numbers, so that it can be sent again at any time. */
export interface Batch {
  readonly number: number
  /** The server's time when it was made. */
  readonly madeAt: number
  readonly size: number
  /** Lines that are no events, at the end. */
  readonly rejects: number
  /** Events of an earlier body that come with it once more. */
  readonly repeats: { readonly of: Batch; readonly count: number } | undefined
  /** Its events are past the shorter retention. */
  readonly isLeaving: boolean
}

export const ORGANIZATIONS = ['', 'acme', 'globex', 'initech'] as const
export const LEAVING = 'leaving'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const CLIENTS = [administrator, 'app', 'batch', 'kiosk', 'mobile', 'nightly', 'portal'] as const
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const
const STATUSES = [101, 200, 200, 200, 204, 301, 400, 404, 429, 500, 503] as const
const TEMPLATES = ['api/v2/users', 'api/v2/users/{userId}', 'api/v2/queues/{queueId}/members', 'api/v2/flows'] as const

/** The bodies of one run: most are small; some are so big that the server reads them in a thread of their own. */
export class Traffic {
  readonly #seed: number
  readonly #random: Random
  readonly #made: Batch[] = []
  readonly #repeated = new Set<Batch>()

  constructor(seed: number) {
    this.#seed = seed
    this.#random = new Random(seed, 1)
  }

  /** @param now the server's time. */
  next(now: number, isLeaving = false): Batch {
    const random = this.#random
    const earlier = this.#made[this.#made.length - 1 - random.below(200)]
    const repeats =
      earlier !== undefined && !earlier.isLeaving && !isLeaving && random.chance(0.1)
        ? { of: earlier, count: 1 + random.below(earlier.size) }
        : undefined
    if (repeats !== undefined) this.#repeated.add(repeats.of)
    const size = random.chance(0.08) ? 300 + random.below(2000) : 1 + random.below(60)
    const rejects = random.chance(0.1) ? 1 + random.below(3) : 0
    const batch = { number: this.#made.length, madeAt: now, size, rejects, repeats, isLeaving }
    this.#made.push(batch)
    return batch
  }

  /** One of the bodies that were made before. */
  earlier(random: Random): Batch | undefined {
    const batch = this.#made[random.below(this.#made.length)]
    return batch?.isLeaving === true ? undefined : batch
  }

  /** Some of its events came with another body too. */
  isRepeated(batch: Batch): boolean {
    return this.#repeated.has(batch)
  }

  callsOf(batch: Batch): readonly Call[] {
    return Array.from({ length: batch.size }, (_, index) => this.#call(batch, index))
  }

  body(batch: Batch): string {
    const own = this.callsOf(batch).map((call, index) => line(call, `${this.#seed}-${batch.number}-${index}`))
    const { of, count } = batch.repeats ?? { of: batch, count: 0 }
    const again = this.callsOf(of).slice(0, count)
    const repeated = again.map((call, index) => line(call, `${this.#seed}-${of.number}-${index}`))
    const rejects = Array.from({ length: batch.rejects }, (_, index) => `{"id":"no event ${index}"}`)
    return [...own, ...repeated, ...rejects].join('\n')
  }

  #call(batch: Batch, index: number): Call {
    const random = new Random(this.#seed, batch.number, index)
    return {
      organizationId: batch.isLeaving ? LEAVING : random.pick(ORGANIZATIONS),
      clientId: random.pick(CLIENTS),
      userId: random.chance(0.3) ? '' : `user-${random.below(20)}`,
      httpMethod: random.pick(METHODS),
      templateUri: random.pick(TEMPLATES),
      status: random.pick(STATUSES),
      time: Math.floor(batch.madeAt - (batch.isLeaving ? 400 * DAY_MS + random.upTo(10 * DAY_MS) : age(random))),
    }
  }
}

/** Most calls are new; some are as old as what is just aged into quarters of an hour, some are of months before. */
function age(random: Random): number {
  const kind = random.upTo(1)
  if (kind < 0.6) return random.upTo(2 * HOUR_MS)
  if (kind < 0.8) return random.upTo(4 * DAY_MS)
  if (kind < 0.9) return 6 * DAY_MS + random.upTo(4 * DAY_MS)
  return random.upTo(300 * DAY_MS)
}

function line(call: Call, id: string): string {
  return JSON.stringify({
    id,
    time: call.time,
    ...(call.organizationId === '' ? {} : { organizationId: call.organizationId }),
    clientId: call.clientId,
    ...(call.userId === '' ? {} : { userId: call.userId }),
    method: call.httpMethod,
    templateUri: call.templateUri,
    status: call.status,
    durationMs: call.time % 1000,
    platform:
      'a platform whose name makes the line about as long as a gateway’s own are, so that bodies have their usual size',
  })
}
