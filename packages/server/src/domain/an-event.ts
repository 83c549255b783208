import type { EventBatch, TextColumn } from './event-batch.ts'
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
    weight: undefined,
    ...differences,
  }
}

/** For tests: the events of a batch as people read them, without their ids, of which only hashes are left. */
export function eventsOf({ count, columns, texts, organizations, fromPlatform, weights }: EventBatch): UsageEvent[] {
  const told = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? undefined : value)
  return Array.from({ length: count }, (_, at) => {
    const text = (column: TextColumn) => texts[columns[column][at] ?? 0] ?? ''
    return anEvent({
      time: columns.time[at] ?? 0,
      organizationId: organizations[columns.organization[at] ?? 0]?.organizationId ?? '',
      clientId: text('clientId'),
      clientName: text('clientName'),
      userId: text('userId'),
      httpMethod: text('httpMethod'),
      templateUri: text('templateUri'),
      platform: text('platform'),
      status: columns.status[at] ?? 0,
      durationMicros: told(columns.durationMicros[at]),
      requestBytes: told(columns.requestBytes[at]),
      responseBytes: told(columns.responseBytes[at]),
      fromPlatform,
      weight: weights.get(at),
    })
  })
}
