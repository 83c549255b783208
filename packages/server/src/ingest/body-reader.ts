import type { TimeLimits } from '../domain/event-validation.ts'
import { TextNumbers } from '../domain/text-numbers.ts'
import { IdentityHash } from '../store/event-identity.ts'
import { type Admission, admit } from './admission.ts'
import type { Sender } from './ingest.ts'
import type { FindPlace } from './organizations.ts'
import { ScannedEvent } from './sources/scanned-event.ts'
import type { Reading } from './sources/source.ts'
import { sourceNamed } from './sources.ts'

/** A body of events, and what is to be known to read it. */
export interface Body {
  /** A name of the source registry. */
  readonly source: string
  readonly bytes: Uint8Array
  readonly reading: Reading
  readonly sender: Sender
  readonly limits: TimeLimits
}

/** What an event is long until it is known better, at least about. */
const BYTES_AN_EVENT = 150
/** Nothing shorter is an event. */
const LEAST_BYTES = 50
/** Room beside what the last body lets expect: making more afterwards costs a copy. */
const ROOM = 1.1

/** Takes bodies apart, one after another. */
export class BodyReader {
  readonly #hash: IdentityHash
  readonly #findPlace: FindPlace
  #texts = new TextNumbers()
  /** Events a byte in the last body. */
  #density = 1 / BYTES_AN_EVENT

  /** @param identityKey UsageStore.identityKey. */
  constructor(identityKey: string, findPlace: FindPlace) {
    this.#hash = new IdentityHash(identityKey)
    this.#findPlace = findPlace
  }

  /** @throws Refusal bad.request for an envelope that cannot be read. */
  async read({ source, bytes, reading, sender, limits }: Body): Promise<Admission> {
    if (this.#texts.isFull) this.#texts = new TextNumbers()
    const parts = { findPlace: this.#findPlace, texts: this.#texts, hash: this.#hash }
    const values = sourceNamed(source).parse(bytes, reading, new ScannedEvent(this.#texts, limits))
    const { byteLength } = bytes
    const admission = await admit(
      values,
      byteLength * Math.min(this.#density * ROOM, 1 / LEAST_BYTES),
      sender,
      limits,
      parts,
    )
    if (byteLength > 0) this.#density = admission.batch.count / byteLength
    return admission
  }
}
