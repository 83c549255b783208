import { setImmediate } from 'node:timers/promises'
import { EventReject } from '../domain/event-reject.ts'
import { checkTemplateUri, readEvent, type SentEvent, type TimeLimits } from '../domain/event-validation.ts'
import type { UsageEvent } from '../domain/usage-event.ts'
import type { PathResolver } from '../templates/path-resolver.ts'
import { normalizeTemplate } from '../templates/template-syntax.ts'
import type { RejectedEvent, Sender } from './ingest.ts'
import { type OrganizationRules, Organizations } from './organizations.ts'

/** How many rejects a receipt tells (api.md §3). */
const MOST_ERRORS = 100
/** For so long a body keeps the thread; then others have a turn. */
const SLICE_MS = 10
const EVENTS_BETWEEN_LOOKS = 128

/** The events of a body that can be counted, and what became of the others. */
export interface Admission {
  readonly events: UsageEvent[]
  rejected: number
  /** The first hundred. */
  readonly errors: RejectedEvent[]
}

/**
 * Checks the events of one body, puts each into its organization and gives it its route template.
 * @param values what a source parsed out of the body.
 */
export async function admit(
  values: Iterable<unknown>,
  sender: Sender,
  rules: OrganizationRules,
  limits: TimeLimits,
): Promise<Admission> {
  const organizations = new Organizations(sender, rules)
  const admission: Admission = { events: [], rejected: 0, errors: [] }
  let sliceEnd = performance.now() + SLICE_MS
  let index = 0
  for (const value of values) {
    const sent = value instanceof EventReject ? value : readEvent(value, limits)
    if (sent instanceof EventReject) {
      reject(admission, index, sent)
    } else {
      const organizationId = sent.organizationId ?? sender.organizationId
      // Asked for only where it must be: waiting for every event would cost more than the rest.
      const place = organizations.known(organizationId) ?? (await organizations.ask(organizationId))
      const event = place instanceof EventReject ? place : usageEvent(sent, organizationId, place, sender)
      if (event instanceof EventReject) reject(admission, index, event)
      else admission.events.push(event)
    }
    index++
    if (index % EVENTS_BETWEEN_LOOKS === 0 && performance.now() > sliceEnd) {
      await setImmediate()
      sliceEnd = performance.now() + SLICE_MS
    }
  }
  return admission
}

function reject(admission: Admission, index: number, reason: EventReject): void {
  admission.rejected++
  if (admission.errors.length >= MOST_ERRORS) return
  admission.errors.push({ index, code: reason.code, message: reason.message })
}

function usageEvent(
  sent: SentEvent,
  organizationId: string,
  resolver: PathResolver,
  sender: Sender,
): UsageEvent | EventReject {
  const templateUri =
    sent.templateUri === '' ? resolver.resolve(sent.path, sent.status) : normalizeTemplate(sent.templateUri)
  const problem = checkTemplateUri(templateUri)
  if (problem !== undefined) return problem
  return {
    id: sent.id,
    time: sent.time,
    organizationId,
    clientId: sent.clientId,
    clientName: sent.clientName,
    userId: sent.userId,
    httpMethod: sent.httpMethod,
    templateUri,
    platform: sent.platform,
    status: sent.status,
    durationMicros: sent.durationMicros,
    requestBytes: sent.requestBytes,
    responseBytes: sent.responseBytes,
    fromPlatform: sender.anyOrganization,
  }
}
