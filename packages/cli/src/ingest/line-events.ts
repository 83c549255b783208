import { EventReject, type LineFormat, type SourceEvent } from '@routemeter/server/sources'
import type { Excludes } from './exclusion.ts'

export interface LineEventsOptions {
  readonly format: LineFormat
  /** Of the input: ids are made of it and of the lines' positions. */
  readonly identity: string
  /** Of events that do not say theirs. */
  readonly organizationId?: string | undefined
  readonly excludes?: Excludes | undefined
}

/** Makes events of lines. */
export class LineEvents {
  readonly #format: LineFormat
  readonly #idStart: string
  readonly #organizationId: string | undefined
  readonly #excludes: Excludes | undefined

  constructor({ format, identity, organizationId, excludes }: LineEventsOptions) {
    this.#format = format
    this.#idStart = `${identity}-`
    this.#organizationId = organizationId
    this.#excludes = excludes
  }

  /**
   * The events of a line, each as a line of NDJSON; `excluded` where all of them are, undefined for a blank line. An id is
   * the source's own, else the input's identity and the line's position (decisions.md 2).
   */
  read(text: string, position: number): readonly (string | EventReject)[] | 'excluded' | undefined {
    const calls = this.#format.read(text)
    const [only] = calls
    if (only === undefined) return undefined
    if (calls.length === 1) {
      const outcome = this.#outcome(only, position, 0)
      return outcome === undefined ? 'excluded' : [outcome]
    }
    const outcomes = calls.map((call, index) => this.#outcome(call, position, index))
    const counted = outcomes.filter((outcome) => outcome !== undefined)
    return counted.length === 0 ? 'excluded' : counted
  }

  #outcome(call: SourceEvent | EventReject, position: number, index: number): string | EventReject | undefined {
    if (call instanceof EventReject) return call
    if (this.#excludes?.(call.method, call.path ?? call.templateUri ?? '')) return undefined
    return this.#ndjson(call, position, index)
  }

  #ndjson(call: SourceEvent, position: number, index: number): string {
    const own = `${this.#idStart}${position.toString(36)}${index === 0 ? '' : `.${index}`}`
    const { id = own, organizationId = this.#organizationId, ...fields } = call
    return `${JSON.stringify({ id, organizationId, ...fields })}\n`
  }
}
