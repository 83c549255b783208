import type { UsageEvent } from '../../domain/usage-event.ts'

export const EVENTS_A_BATCH = 200

/** Half of acme's templates. */
export const MOVES = [1, 3, 5, 7, 9].map((thing) => ({ from: `api/v2/things/${thing}`, to: 'api/v2/things/{id}' }))

/** For the kill test: the events of a batch, the same whenever they are made. */
export function killedEvents(batch: number): readonly UsageEvent[] {
  return Array.from({ length: EVENTS_A_BATCH }, (_, index) => ({
    id: `${batch}-${index}`,
    time: Date.UTC(2026, 0, 1) + ((batch * EVENTS_A_BATCH + index) % 5_000) * 60_000,
    organizationId: index % 2 === 0 ? 'acme' : 'globex',
    clientId: `client-${batch}`,
    clientName: '',
    userId: `user-${index % 17}`,
    httpMethod: 'GET',
    templateUri: `api/v2/things/${index % 11}`,
    platform: '',
    status: 200,
    durationMicros: index,
    requestBytes: undefined,
    responseBytes: undefined,
    fromPlatform: false,
    weight: undefined,
  }))
}
