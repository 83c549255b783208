/** One call as a sender reports it, and what it has to be counted as. */
export interface FixtureEvent {
  readonly id: string
  readonly time: number
  readonly organizationId: string
  readonly clientId: string
  readonly clientName: string
  readonly userId: string
  readonly method: string
  readonly templateUri: string
  readonly status: number
  readonly platform: string
}

const DAY = 86_400_000

/** Midnight UTC, thirty days before the day of the test: past the horizon of minutes, within the year of the jobs. */
const FIRST_DAY = Math.floor(Date.now() / DAY) * DAY - 30 * DAY

export const day = (number: number) => FIRST_DAY + number * DAY
export const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)

/** Who called: north's own client is authorized in south, where the platform reports its calls, and nowhere else. */
export interface Callers {
  /** North's registered client, and the name it is registered under. */
  readonly own: { readonly id: string; readonly name: string }
}

const TEMPLATES = [
  'api/v2/users/{userId}',
  'api/v2/users/{userId}/presences/{sourceId}',
  'api/v2/usage/query',
  'api/v2/conversations/{conversationId}/participants/{participantId}',
  'login',
  'api/v2/größe/{id}',
]
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']
const STATUSES = [200, 201, 204, 301, 304, 400, 404, 409, 429, 429, 500, 503, 101]
const USERS = ['', 'user-a', 'user-b', 'user-ç']
const PLATFORMS = ['', 'web', 'mobile']
const STRANGERS = ['', 'app-alpha', 'app-beta']

/**
 * Some 870 calls over 22 days, the same ones whenever they are made on the same day: in north by everybody, in south by
 * north's client and a stranger, in west by who claims to be north's client; and calls on both sides of midnights,
 * quarter hours and the end of a month. The last days are left out, so that a query "up to now" may cross a midnight.
 */
export function fixtureEvents({ own }: Callers): readonly FixtureEvent[] {
  const next = generator(20_200_201)
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T
  const call = (number: number, organizationId: string, clientId: string, time: number): FixtureEvent => ({
    id: `${organizationId}-${number}`,
    time,
    organizationId,
    clientId,
    clientName: clientId === '' ? '' : `${clientId} since ${dateOf(time)}`,
    userId: pick(USERS),
    method: pick(METHODS),
    templateUri: pick(TEMPLATES),
    status: pick(STATUSES),
    platform: pick(PLATFORMS),
  })
  const anyTime = () => day(next(22)) + next(DAY)
  const many = (count: number, organizationId: string, clients: readonly string[]) =>
    Array.from({ length: count }, (_, number) => call(number, organizationId, pick(clients), anyTime()))
  const edges = [day(10) - 1, day(10), day(11) - 1, day(11), firstOfMonth() - 1, firstOfMonth()]
  const quarters = [day(12) + 10 * 3_600_000, day(12) + 10.25 * 3_600_000 - 1, day(12) + 10.25 * 3_600_000]
  return [
    ...many(600, 'north', [own.id, ...STRANGERS]),
    ...many(200, 'south', [own.id, 'app-alpha']),
    ...many(40, 'west', [own.id]),
    ...[...edges, ...quarters].flatMap((time, number) => [
      call(1000 + number, 'north', own.id, time),
      call(1000 + number, 'south', own.id, time),
    ]),
    ...recent(call, own.id),
  ]
}

/** Calls of the week before the test, but not of its first two days nor of its last: a summary's days. */
function recent(
  call: (number: number, organization: string, client: string, time: number) => FixtureEvent,
  own: string,
) {
  return [26, 27, 28].flatMap((number) => [
    call(2000 + number, 'north', own, day(number) + 3_600_000),
    call(2000 + number, 'south', own, day(number) + 7_200_000),
  ])
}

/** The first instant of the month of the fixture's twentieth day, or of that day where it lies before the fixture. */
function firstOfMonth(): number {
  const date = new Date(day(20))
  return Math.max(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1), day(1))
}

/** Numbers below a bound, the same series for the same seed (Numerical Recipes' congruence, its upper bits). */
function generator(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
