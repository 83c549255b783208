import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventReject } from '../../domain/event-reject.ts'
import { lineFormat } from '../line-format.ts'
import { WeightedEvent } from './weighted-event.ts'

const { readValue } = lineFormat('apitally', { map: {}, timeZone: 'UTC' })

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom('GET', '/users/:id', 200, 429, 0, 3, -1, 2 ** 53),
)
const someRecord = fc.oneof(
  { arbitrary: anything, weight: 1 },
  {
    arbitrary: fc.record(
      {
        consumer: anything,
        method: fc.oneof({ arbitrary: fc.constant('GET'), weight: 3 }, anything),
        path: anything,
        status_code: fc.oneof({ arbitrary: fc.constant(200), weight: 3 }, anything),
        request_count: fc.oneof({ arbitrary: fc.nat(50), weight: 3 }, anything),
        request_size_sum: anything,
        request_sizes: anything,
        response_times: fc.oneof(
          fc.dictionary(fc.constantFrom('0', '10', '20', 'x', '-5', '__proto__'), fc.nat(9), { noNullPrototype: true }),
          anything,
        ),
      },
      { requiredKeys: [] },
    ),
    weight: 5,
  },
)

test('whatever stands in a record, it is one weighted event or one reject, and its calls are those that it says', () => {
  fc.assert(
    fc.property(fc.array(someRecord, { maxLength: 6 }), anything, (requests, consumers) => {
      const calls = readValue({ timestamp: 1790812802.5, instance_uuid: 'i', message_uuid: 'm', requests, consumers })
      expect(calls).toHaveLength(requests.length)
      for (const [index, call] of calls.entries()) {
        if (call instanceof EventReject) {
          expect(call.message).toMatch(/\.$/)
          continue
        }
        expect(call).toBeInstanceOf(WeightedEvent)
        const { weight } = call as WeightedEvent
        expect(requests[index]).toMatchObject({ request_count: weight.calls })
      }
    }),
    { numRuns: 1_000 },
  )
})

test('records that look alike are told apart, and come to the same ids again', () => {
  const record = { consumer: 'a', method: 'GET', path: '/a', status_code: 200, request_count: 1 }
  const sync = { timestamp: 1790812802, instance_uuid: 'i', message_uuid: 'm', requests: [record, record] }
  const ids = (value: object) =>
    readValue(value).map((call) => (call as WeightedEvent & { event: { id: string } }).event.id)
  expect(new Set(ids(sync)).size).toBe(2)
  expect(ids(sync)).toEqual(ids(sync))
  expect(new Set([...ids(sync), ...ids({ ...sync, message_uuid: 'n' })]).size).toBe(4)
})
