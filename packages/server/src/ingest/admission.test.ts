import { describe, expect, test } from 'vitest'
import { eventsOf } from '../domain/an-event.ts'
import { TextNumbers } from '../domain/text-numbers.ts'
import { IdentityHash } from '../store/event-identity.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import { admit as admitBody } from './admission.ts'
import type { FindPlace, Place } from './organizations.ts'
import { WeightedEvent } from './sources/weighted-event.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const LIMITS = { now: NOW, oldest: 0 }
const OWN = { organizationId: 'acme', anyOrganization: false }
const PLATFORM = { organizationId: 'platform', anyOrganization: true }

function rules() {
  const asked: string[] = []
  const templates: Record<string, readonly string[]> = { acme: ['users/{userId}'], other: ['users/{id}'] }
  const resolver = createTemplateResolver({ templatesOf: async (organizationId) => templates[organizationId] ?? [] })
  const numbers = ['acme', 'other', 'platform']
  const findPlace: FindPlace = async (organizationId): Promise<Place | undefined> => {
    asked.push(organizationId)
    const number = numbers.indexOf(organizationId)
    return number < 0 ? undefined : { number, resolver: await resolver.of(organizationId) }
  }
  return { asked, findPlace }
}

async function admit(values: Iterable<unknown>, sender = OWN, { findPlace } = rules()) {
  const parts = { findPlace, texts: new TextNumbers(), hash: new IdentityHash('key') }
  const { batch, ...rest } = await admitBody(values, 1, sender, LIMITS, parts)
  return { events: eventsOf(batch), ...rest }
}

const event = (fields: object) => ({ time: NOW, method: 'GET', path: '/users/1', status: 200, ...fields })

test('an event that stands for many calls is checked like every other, and is one event or one reject', async () => {
  const weight = { calls: 7, durations: [{ micros: 10_000, calls: 3 }] }
  const values = [
    new WeightedEvent(event({ requestBytes: 70 }), weight),
    new WeightedEvent(event({ method: '' }), weight),
    new WeightedEvent(event({ organizationId: 'other' }), weight),
    event({ count: 7 }),
  ]
  const { events, rejected, errors } = await admit(values)
  expect(events.map(({ templateUri, requestBytes, weight }) => [templateUri, requestBytes, weight])).toEqual([
    ['users/{userId}', 70, weight],
    ['users/{userId}', undefined, undefined],
  ])
  expect(rejected).toBe(2)
  expect(errors.map(({ index, code }) => [index, code])).toEqual([
    [1, 'invalid.value'],
    [2, 'not.authorized'],
  ])
})

describe('the organization of an event', () => {
  test('is the sender’s own unless it names another', async () => {
    const { events } = await admit([event({}), event({ organizationId: 'acme' })])
    expect(events.map(({ organizationId, fromPlatform }) => [organizationId, fromPlatform])).toEqual([
      ['acme', false],
      ['acme', false],
    ])
  })

  test('cannot be another’s, and nobody learns whether that one exists', async () => {
    const given = rules()
    const values = [event({ organizationId: 'other' }), event({ organizationId: 'nobody' }), event({})]
    const { events, rejected, errors } = await admit(values, OWN, given)
    expect(events).toHaveLength(1)
    expect(rejected).toBe(2)
    expect(errors.map(({ index, code }) => [index, code])).toEqual([
      [0, 'not.authorized'],
      [1, 'not.authorized'],
    ])
    expect(errors[0]?.message.replace('other', '?')).toBe(errors[1]?.message.replace('nobody', '?'))
    expect(given.asked).toEqual(['acme'])
  })

  test('can be any that exists for a sender of every organization, and authorizes its clients', async () => {
    const given = rules()
    const organizationIds = ['other', 'nobody', 'other', undefined, 'nobody', 'acme', 'platform']
    const values = organizationIds.map((organizationId) => event({ organizationId }))
    const { events, errors } = await admit(values, PLATFORM, given)
    expect(events.map((one) => one.organizationId)).toEqual(['other', 'other', 'platform', 'acme', 'platform'])
    expect(events.every((one) => one.fromPlatform)).toBe(true)
    expect(errors.map(({ index, code }) => [index, code])).toEqual([
      [1, 'not.found'],
      [4, 'not.found'],
    ])
    expect(given.asked.filter((id) => id === 'other')).toHaveLength(1)
  })
})

describe('the template of an event', () => {
  const templateUri = async (fields: object, sender = OWN) => {
    const { events, errors } = await admit([event(fields)], sender)
    return events[0]?.templateUri ?? errors[0]
  }

  test('is resolved from its path among its organization’s templates', async () => {
    expect(await templateUri({ path: '/users/jane?token=secret' })).toBe('users/{userId}')
    expect(await templateUri({ path: '/users/jane', organizationId: 'other' }, PLATFORM)).toBe('users/{id}')
    expect(await templateUri({ path: '/queues/4711' })).toBe('queues/{id}')
    expect(await templateUri({ path: '/wp-admin', status: 404 })).toBe('(unmatched)')
  })

  test('is its own one where it has one, in our syntax', async () => {
    expect(await templateUri({ templateUri: '/users/:name/' })).toBe('users/{name}')
    expect(await templateUri({ templateUri: 'users/{x}', path: '/queues/1' })).toBe('users/{x}')
    expect(await templateUri({ templateUri: '/' })).toBe('/')
  })

  test('is at most 1,024 characters long as it is kept', async () => {
    expect(await templateUri({ templateUri: `//${'x'.repeat(1024)}/` })).toBe('x'.repeat(1024))
    expect(await templateUri({ templateUri: `/${'x'.repeat(1020)}/:id` })).toMatchObject({ code: 'invalid.value' })
  })
})

test('every event read is either taken or rejected, and a hundred rejects are told', async () => {
  const values = Array.from({ length: 1_000 }, (_, n) => (n % 4 === 0 ? event({ id: `${n}` }) : event({ status: n })))
  const valid = values.filter(({ status }) => status >= 100 && status <= 599).length
  const { events, rejected, errors } = await admit(values)
  expect([events.length, rejected]).toEqual([valid, 1_000 - valid])
  expect(errors).toHaveLength(100)
  expect(errors[0]).toMatchObject({ index: 1, code: 'invalid.value' })
  expect(errors.map(({ index }) => index)).toEqual(errors.map(({ index }) => index).toSorted((a, b) => a - b))
})

test('a long body lets others have a turn', async () => {
  let turns = 0
  let done = false
  const others = async () => {
    while (!done) {
      turns++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const running = others()
  const values = function* () {
    // Goes on until the others had turns: a body that never paused would never end.
    for (let n = 0; turns < 5; n++) yield event({ id: `${n}` })
  }
  const { events } = await admit(values())
  done = true
  await running
  expect(events.length).toBeGreaterThan(0)
})
