import type { UsageEvent } from './usage-event.ts'

/** For tests: a call on 1 October 2026 with these differences. */
export function anEvent(differences: Partial<UsageEvent> = {}): UsageEvent {
  return {
    id: undefined,
    time: Date.UTC(2026, 9, 1),
    organizationId: 'acme',
    clientId: 'c',
    clientName: '',
    userId: '',
    httpMethod: 'GET',
    templateUri: 'api/v2/users',
    platform: '',
    status: 200,
    durationMicros: undefined,
    requestBytes: undefined,
    responseBytes: undefined,
    fromPlatform: false,
    ...differences,
  }
}
