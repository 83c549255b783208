import { type EventReject, rejectField } from '../domain/event-reject.ts'
import type { PathResolver } from '../templates/path-resolver.ts'
import type { TemplateResolver } from '../templates/template-resolver.ts'
import type { Sender } from './ingest.ts'

export interface OrganizationRules {
  readonly resolver: TemplateResolver
  organizationExists(organizationId: string): Promise<boolean>
}

/** The organizations that one body names: where its sender's events may count, asked for once each (api.md §3). */
export class Organizations {
  readonly #sender: Sender
  readonly #rules: OrganizationRules
  readonly #known = new Map<string, PathResolver | EventReject>()

  constructor(sender: Sender, rules: OrganizationRules) {
    this.#sender = sender
    this.#rules = rules
  }

  /** What is known without asking; undefined means `ask`. */
  known(organizationId: string): PathResolver | EventReject | undefined {
    return this.#known.get(organizationId)
  }

  /** The organization's path resolver, or why the sender's events do not count there. */
  async ask(organizationId: string): Promise<PathResolver | EventReject> {
    const { organizationId: own, anyOrganization } = this.#sender
    if (organizationId !== own && !anyOrganization) return notAuthorized(organizationId)
    const exists = organizationId === own || (await this.#rules.organizationExists(organizationId))
    const answer = exists ? await this.#rules.resolver.of(organizationId) : notFound(organizationId)
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
