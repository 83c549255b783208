import { type EventReject, rejectField } from '../domain/event-reject.ts'
import type { PathResolver } from '../templates/path-resolver.ts'
import type { Sender } from './ingest.ts'

/** Where the events of an organization go. */
export interface Place {
  /** UsageStore.organizationNumber. */
  readonly number: number
  readonly resolver: PathResolver
}

/** @returns undefined for an organization that does not exist; the sender's own does. */
export type FindPlace = (organizationId: string, sender: Sender) => Promise<Place | undefined>

/** The organizations that one body names: where its sender's events may count, asked for once each (api.md §3). */
export class Organizations<Known> {
  readonly #sender: Sender
  readonly #findPlace: FindPlace
  readonly #know: (organizationId: string, place: Place) => Known
  readonly #known = new Map<string, Known | EventReject>()
  /** Events that follow each other are mostly of one organization. */
  #lastId: string | undefined
  #last: Known | EventReject | undefined

  /** @param know what is to be remembered of a place. */
  constructor(sender: Sender, findPlace: FindPlace, know: (organizationId: string, place: Place) => Known) {
    this.#sender = sender
    this.#findPlace = findPlace
    this.#know = know
  }

  /** What is known without asking; undefined means `ask`. */
  known(organizationId: string): Known | EventReject | undefined {
    if (organizationId !== this.#lastId) {
      this.#last = this.#known.get(organizationId)
      this.#lastId = this.#last === undefined ? undefined : organizationId
    }
    return this.#last
  }

  /** What is known of the organization's place, or why the sender's events do not count there. */
  async ask(organizationId: string): Promise<Known | EventReject> {
    const { organizationId: own, anyOrganization } = this.#sender
    if (organizationId !== own && !anyOrganization) return notAuthorized(organizationId)
    const place = await this.#findPlace(organizationId, this.#sender)
    const answer = place === undefined ? notFound(organizationId) : this.#know(organizationId, place)
    this.#known.set(organizationId, answer)
    return answer
  }
}

/** The same for one that exists and one that does not. */
function notAuthorized(organizationId: string): EventReject {
  const allowed = 'left out or the sender’s own: other organizations’ events need platform:admin'
  return rejectField('organizationId', organizationId, allowed, 'not.authorized')
}

function notFound(organizationId: string): EventReject {
  return rejectField('organizationId', organizationId, 'an organization that exists', 'not.found')
}
