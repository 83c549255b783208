import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvent } from '../../server/src/domain/event-validation.ts'
import { eventLine, newEventId } from './event-line.ts'

const now = Date.UTC(2026, 10, 24)
const call = {
  time: now,
  method: 'GET',
  path: '/users/7',
  template: '/users/{id}',
  status: 200,
  durationMs: 1.23456,
  requestBytes: 1,
  responseBytes: 2,
}

test('a call is the line that the contract has', () => {
  expect(JSON.parse(eventLine('id-1', call, { clientId: 'app', userId: '' }))).toEqual({
    id: 'id-1',
    time: now,
    method: 'GET',
    templateUri: '/users/{id}',
    status: 200,
    durationMs: 1.235,
    requestBytes: 1,
    responseBytes: 2,
    clientId: 'app',
  })
})

test('without a template, or with one that is longer than the server keeps, the path is sent', () => {
  for (const template of [undefined, `/${'a'.repeat(1024)}`]) {
    const event = JSON.parse(eventLine('id', { ...call, template }))
    expect([event.path, event.templateUri]).toEqual(['/users/7', undefined])
  }
})

test('whatever a service says of a request, the server takes the event', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(text, text, text, text, (path, template, clientId, userId) => {
      const line = eventLine(
        newEventId(),
        { ...call, path: `/${path}`, template: `/${template}` },
        { clientId, userId },
      )
      expect(line).not.toContain('\n')
      expect(readEvent(JSON.parse(line), { now, oldest: 0 })).toMatchObject({ status: 200, httpMethod: 'GET' })
    }),
  )
})

test('a text is cut at 256 characters, none of them in halves', () => {
  const { clientName } = JSON.parse(eventLine('id', call, { clientName: '𝒳'.repeat(300) }))
  expect(clientName).toBe('𝒳'.repeat(256))
})

test('ids do not come twice', () => {
  expect(new Set(Array.from({ length: 10_000 }, newEventId)).size).toBe(10_000)
})
