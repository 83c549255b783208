import { setImmediate } from 'node:timers/promises'
import type { EventBatch } from '../domain/event-batch.ts'
import { EventReject } from '../domain/event-reject.ts'
import { checkTemplateUri, readEvent, type SentEvent, type TimeLimits } from '../domain/event-validation.ts'
import type { TextNumbers } from '../domain/text-numbers.ts'
import { EventBatchBuilder } from '../store/event-batch-builder.ts'
import type { IdentityHash } from '../store/event-identity.ts'
import type { PathResolver } from '../templates/path-resolver.ts'
import { normalizeTemplate } from '../templates/template-syntax.ts'
import type { RejectedEvent, Sender } from './ingest.ts'
import { type FindPlace, Organizations, type Place } from './organizations.ts'
import { ScannedEvent } from './sources/scanned-event.ts'

/** How many rejects a receipt tells (api.md §3). */
const MOST_ERRORS = 100
/** For so long a body keeps the thread; then others have a turn. */
const SLICE_MS = 10
const EVENTS_BETWEEN_LOOKS = 128

/** The events of a body that can be counted, and what became of the others. */
export interface Admission {
  readonly batch: EventBatch
  /** Events of the batch with a path that fits no template. */
  readonly unmatched: number
  readonly rejected: number
  /** The first hundred. */
  readonly errors: readonly RejectedEvent[]
}

export interface AdmissionParts {
  readonly findPlace: FindPlace
  readonly texts: TextNumbers
  readonly hash: IdentityHash
}

/**
 * Checks the events of one body, puts each into its organization and gives it its route template.
 * @param values what a source parsed out of the body.
 * @param expected how many there are, about.
 */
export async function admit(
  values: Iterable<unknown>,
  expected: number,
  sender: Sender,
  limits: TimeLimits,
  parts: AdmissionParts,
): Promise<Admission> {
  const builder = new EventBatchBuilder(parts.texts, parts.hash, expected)
  const organizations = new Organizations(sender, parts.findPlace, (organizationId, place) => ({
    ...place,
    index: builder.addOrganization({ organizationId, number: place.number }),
  }))
  const rejects = new Rejects()
  let sliceEnd = performance.now() + SLICE_MS
  let index = 0
  let unmatched = 0
  for (const value of values) {
    const sent = value instanceof EventReject || value instanceof ScannedEvent ? value : readEvent(value, limits)
    if (sent instanceof EventReject) {
      rejects.add(index, sent)
    } else {
      const organizationId = organizationOf(sent) ?? sender.organizationId
      // Asked for only where it must be: waiting for every event would cost more than the rest.
      const place = organizations.known(organizationId) ?? (await organizations.ask(organizationId))
      const outcome = place instanceof EventReject ? place : addEvent(builder, sent, place)
      if (outcome instanceof EventReject) rejects.add(index, outcome)
      else if (outcome === 'unmatched') unmatched++
    }
    index++
    if (index % EVENTS_BETWEEN_LOOKS === 0 && performance.now() > sliceEnd) {
      await setImmediate()
      sliceEnd = performance.now() + SLICE_MS
    }
  }
  return { batch: builder.finish(sender.anyOrganization), unmatched, rejected: rejects.count, errors: rejects.first }
}

class Rejects {
  count = 0
  readonly first: RejectedEvent[] = []

  add(index: number, { code, message }: EventReject): void {
    this.count++
    if (this.first.length < MOST_ERRORS) this.first.push({ index, code, message })
  }
}

function organizationOf(sent: SentEvent | ScannedEvent): string | undefined {
  if (!(sent instanceof ScannedEvent)) return sent.organizationId
  return sent.organizationId === 0 ? undefined : sent.texts.texts[sent.organizationId]
}

function templateOf({ templateUri, path, status }: SentEvent, resolver: PathResolver): string {
  return templateUri === '' ? resolver.resolve(path, status) : normalizeTemplate(templateUri)
}

function templateOfScanned(scanned: ScannedEvent, resolver: PathResolver): string {
  const { templateUri, path, status } = scanned
  if (templateUri.start !== templateUri.end) return normalizeTemplate(templateUri.text)
  return resolver.resolveAscii(path.bytes, path.start, path.end, status)
}

type KnownPlace = Place & { readonly index: number }

function addEvent(
  builder: EventBatchBuilder,
  sent: SentEvent | ScannedEvent,
  { resolver, index }: KnownPlace,
): EventReject | 'matched' | 'unmatched' {
  const before = resolver.unmatched
  const templateUri = sent instanceof ScannedEvent ? templateOfScanned(sent, resolver) : templateOf(sent, resolver)
  const problem = checkTemplateUri(templateUri)
  if (problem !== undefined) return problem
  if (sent instanceof ScannedEvent) builder.addNumbered(sent, sent.id, templateUri, index)
  else builder.add({ ...sent, templateUri }, index)
  return resolver.unmatched === before ? 'matched' : 'unmatched'
}
