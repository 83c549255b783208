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
    const { id = own, organizationId = this.#organizationId } = call
    // What a native event has in its fields is the server's to look at.
    if (this.#format.name === NATIVE) return `${JSON.stringify({ ...call, id, organizationId })}\n`
    return written(call, id, organizationId)
  }
}

const NATIVE = 'native'

/** As JSON.stringify would, in a third of the time: the fields are known, and most are not there. */
function written(call: SourceEvent, id: string, organizationId: string | undefined): string {
  const { time, clientId, clientName, userId, path, templateUri, platform } = call
  const { durationMs, requestBytes, responseBytes } = call
  let json = `{"id":${JSON.stringify(id)},"time":${typeof time === 'number' ? time : JSON.stringify(time)}`
  json += `,"method":${JSON.stringify(call.method)},"status":${call.status}`
  if (path !== undefined) json += `,"path":${JSON.stringify(path)}`
  if (templateUri !== undefined) json += `,"templateUri":${JSON.stringify(templateUri)}`
  if (clientId !== undefined) json += `,"clientId":${JSON.stringify(clientId)}`
  if (clientName !== undefined) json += `,"clientName":${JSON.stringify(clientName)}`
  if (userId !== undefined) json += `,"userId":${JSON.stringify(userId)}`
  if (organizationId !== undefined) json += `,"organizationId":${JSON.stringify(organizationId)}`
  if (platform !== undefined) json += `,"platform":${JSON.stringify(platform)}`
  if (durationMs !== undefined) json += `,"durationMs":${durationMs}`
  if (requestBytes !== undefined) json += `,"requestBytes":${requestBytes}`
  if (responseBytes !== undefined) json += `,"responseBytes":${responseBytes}`
  return `${json}}\n`
}
