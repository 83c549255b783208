import type { EventPlan } from '../events.ts'

/** Somebody else who takes the same events. */
export interface IngestPeer {
  readonly name: string
  /** What it does not do with them, at the speed that is measured. */
  readonly caveat: string
  /**
   * Installs it where it is missing, starts it, sends it the events and stops it.
   * @returns events a second.
   * @throws PeerMissing
   */
  readonly measure: (events: EventPlan) => Promise<number>
}

/** A peer cannot be installed on this machine: a line in the results, not a failure. */
export class PeerMissing extends Error {
  override readonly name = 'PeerMissing'
}
