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

/** What an event is long, at least about. */
const BYTES_AN_EVENT = 150

/** Takes bodies apart, one after another. */
export class BodyReader {
  readonly #hash: IdentityHash
  readonly #findPlace: FindPlace
  #texts = new TextNumbers()

  /** @param identityKey UsageStore.identityKey. */
  constructor(identityKey: string, findPlace: FindPlace) {
    this.#hash = new IdentityHash(identityKey)
    this.#findPlace = findPlace
  }

  /** @throws Refusal bad.request for an envelope that cannot be read. */
  read({ source, bytes, reading, sender, limits }: Body): Promise<Admission> {
    if (this.#texts.isFull) this.#texts = new TextNumbers()
    const parts = { findPlace: this.#findPlace, texts: this.#texts, hash: this.#hash }
    const values = sourceNamed(source).parse(bytes, reading, new ScannedEvent(this.#texts, limits))
    return admit(values, bytes.byteLength / BYTES_AN_EVENT, sender, limits, parts)
  }
}
