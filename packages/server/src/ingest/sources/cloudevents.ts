import { createHash } from 'node:crypto'
import { described, EventReject, rejectField } from '../../domain/event-reject.ts'
import { Refusal } from '../../domain/refusal.ts'
import { isLongerThan } from '../../domain/text-length.ts'
import { parseJson, parseJsonBody } from './json-text.ts'
import type { Source } from './source.ts'

/** CloudEvents 1.0 in the JSON format, one a body; the usage event is its `data`. */
export const cloudEvent: Source = {
  name: 'cloudevent',
  mediaTypes: ['application/cloudevents+json'],
  parse(body) {
    const value = parseJsonBody(body)
    return value === undefined ? [] : [unwrap(value)]
  },
}

/** A CloudEvent in HTTP's binary mode: its attributes come beside the body, which is its data. */
export const cloudEventInHeaders: Source = {
  name: 'cloudevent-binary',
  mediaTypes: [],
  parse: (body, { attributes }) => [unwrap({ ...attributes, data: parseJsonBody(body) })],
}

/** CloudEvents 1.0 in the JSON batch format. */
export const cloudEventsBatch: Source = {
  name: 'cloudevents-batch',
  mediaTypes: ['application/cloudevents-batch+json'],
  *parse(body) {
    const value = parseJsonBody(body) ?? []
    if (!Array.isArray(value)) throw new Refusal('bad.request', 'A batch of CloudEvents must be a JSON array.')
    for (const element of value) yield unwrap(element)
  },
}

type Fields = Readonly<Record<string, unknown>>

const LONGEST_ID = 128

/** The usage event in a CloudEvent, the envelope filling in what it lacks. */
export function unwrap(value: unknown): unknown {
  if (!isObject(value)) {
    return new EventReject('bad.request', () => `A CloudEvent must be a JSON object, not ${described(value)}.`)
  }
  const problem = checkEnvelope(value)
  if (problem !== undefined) return problem
  const data = value.data_base64 === undefined ? value.data : decodeData(value.data_base64)
  if (data instanceof EventReject) return data
  if (!isObject(data)) return rejectField('data', data, 'a JSON object, the usage event')
  return {
    ...data,
    ...routeOf(data),
    id: data.id ?? eventId(String(value.source), String(value.id)),
    time: data.time ?? value.time,
    clientId: data.clientId ?? value.subject,
  }
}

/**
 * OpenMeter's example of a request tells its route and no outcome. That is a template, and a call that is not said to have
 * failed counts as answered.
 */
function routeOf({ route, path, templateUri, status }: Fields): Fields {
  if (route === undefined || (path ?? templateUri) !== undefined) return {}
  return { templateUri: route, status: status ?? 200 }
}

/** What CloudEvents 1.0 requires of every event. */
function checkEnvelope(envelope: Fields): EventReject | undefined {
  if (envelope.specversion !== '1.0') return rejectField('specversion', envelope.specversion, 'the text "1.0"')
  for (const attribute of ['id', 'source', 'type']) {
    const value = envelope[attribute]
    if (typeof value !== 'string' || value === '') return rejectField(attribute, value, 'a text that is not empty')
  }
  const twice = envelope.data !== undefined && envelope.data_base64 !== undefined
  return twice ? new EventReject('invalid.value', () => 'A CloudEvent has either [data] or [data_base64].') : undefined
}

function decodeData(value: unknown): unknown {
  const wrong = () => rejectField('data_base64', value, 'a JSON object, the usage event, in base64')
  if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) return wrong()
  try {
    return parseJson(Buffer.from(value, 'base64').toString())
  } catch {
    return wrong()
  }
}

/**
 * A CloudEvent is (source, id): only both together are its own (decisions.md 1). Written so that no two pairs are the
 * same text; hashed where that is longer than an id may be.
 */
function eventId(source: string, id: string): string {
  const pair = JSON.stringify([source, id])
  return isLongerThan(pair, LONGEST_ID) ? `sha256:${createHash('sha256').update(pair).digest('hex')}` : pair
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
