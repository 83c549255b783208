import type { EventBatch } from '../domain/event-batch.ts'
import type { RefusalCode } from '../domain/refusal.ts'
import type { Body } from './body-reader.ts'
import type { RejectedEvent } from './ingest.ts'

/** What a reader thread is started with. */
export interface ThreadData {
  readonly identityKey: string
}

/** A place as it is told to a thread, which asks for the templates when it does not have this version of them. */
export interface ToldPlace {
  readonly number: number
  readonly version: number
}

export type ToThread =
  /** The sender's own place is told with the body. */
  | { readonly kind: 'read'; readonly body: Body; readonly place: ToldPlace }
  | { readonly kind: 'place'; readonly place: ToldPlace | undefined }
  | { readonly kind: 'templates'; readonly templates: readonly string[] }
  /** What was asked for cannot be had. */
  | { readonly kind: 'unanswered'; readonly error: unknown }

export type FromThread =
  | { readonly kind: 'askPlace'; readonly organizationId: string }
  | { readonly kind: 'askTemplates'; readonly organizationId: string }
  /** The texts of the batch are told only as far as they are new in the thread's table of texts. */
  | {
      readonly kind: 'admitted'
      readonly batch: Omit<EventBatch, 'texts'>
      readonly table: number
      readonly newTexts: readonly string[]
      readonly unmatched: number
      readonly rejected: number
      readonly errors: readonly RejectedEvent[]
    }
  | {
      readonly kind: 'refused'
      readonly code: RefusalCode
      readonly template: string
      readonly params: Readonly<Record<string, string>>
    }
  | { readonly kind: 'failed'; readonly error: unknown }
