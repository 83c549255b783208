import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventReject } from './event-reject.ts'
import { checkTemplateUri, readEvent } from './event-validation.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const LIMITS = { now: NOW, oldest: 0 }
const LEAST = { time: '2026-11-23T10:00:00Z', method: 'GET', path: '/api', status: 200 }

function read(fields: object, limits = LIMITS) {
  const event = readEvent({ ...LEAST, ...fields }, limits)
  if (event instanceof EventReject) throw new Error(event.message)
  return event
}

function rejected(fields: object, limits = LIMITS) {
  const event = readEvent({ ...LEAST, ...fields }, limits)
  if (!(event instanceof EventReject)) throw new Error('it was taken')
  return { code: event.code, message: event.message }
}

describe('an event', () => {
  test('is read field by field', () => {
    const sent = {
      id: 'e-1',
      time: '2026-11-23T10:00:00.1239Z',
      organizationId: 'acme.eu_1-a',
      clientId: 'c',
      clientName: 'Billing',
      userId: 'u',
      method: 'get',
      path: '/api?x=1',
      templateUri: '/api/:id',
      status: 404,
      platform: 'web',
      durationMs: 12.3456,
      requestBytes: 0,
      responseBytes: Number.MAX_SAFE_INTEGER,
      surprise: { deep: [1] },
    }
    expect(readEvent(sent, LIMITS)).toEqual({
      id: 'e-1',
      time: Date.UTC(2026, 10, 23, 10, 0, 0, 123),
      organizationId: 'acme.eu_1-a',
      clientId: 'c',
      clientName: 'Billing',
      userId: 'u',
      httpMethod: 'GET',
      path: '/api?x=1',
      templateUri: '/api/:id',
      status: 404,
      platform: 'web',
      durationMicros: 12_346,
      requestBytes: 0,
      responseBytes: Number.MAX_SAFE_INTEGER,
    })
  })

  test('needs time, method, path or template, and status; null is a missing field', () => {
    const expected = {
      id: undefined,
      time: Date.UTC(2026, 10, 23, 10),
      organizationId: undefined,
      clientId: '',
      clientName: '',
      userId: '',
      httpMethod: 'GET',
      path: '/api',
      templateUri: '',
      status: 200,
      platform: '',
      durationMicros: undefined,
      requestBytes: undefined,
      responseBytes: undefined,
    }
    expect(read({})).toEqual(expected)
    const names = ['id', 'organizationId', 'clientId', 'clientName', 'userId', 'templateUri', 'platform']
    const nulls = Object.fromEntries(
      [...names, 'durationMs', 'requestBytes', 'responseBytes'].map((name) => [name, null]),
    )
    expect(read(nulls)).toEqual(expected)
    for (const field of ['time', 'method', 'path', 'status']) {
      expect(rejected({ [field]: null }).message).toContain(`[${field}] is missing`)
      expect(rejected({ [field]: undefined }).message).toContain(`[${field}] is missing`)
    }
  })

  test.each([[null], [[LEAST]], ['text'], [5], [true]])('must be an object, not %j', (value) => {
    const event = readEvent(value, LIMITS)
    expect(event).toBeInstanceOf(EventReject)
    expect(event).toMatchObject({ code: 'bad.request' })
  })

  test('is not fooled by fields of the prototype', () => {
    const event = readEvent(JSON.parse('{"__proto__":{"time":0,"method":"GET","path":"/","status":200}}'), LIMITS)
    expect(event).toMatchObject({ code: 'invalid.date' })
  })

  test('is rejected for its first field that is not as it must be, naming field, value and what is allowed', () => {
    expect(rejected({ status: '200' })).toEqual({
      code: 'invalid.value',
      message: 'The field [status] is the text "200": it must be a whole number from 100 to 599.',
    })
    expect(rejected({ id: 5, status: 'x' }).message).toContain('[id] is 5')
  })
})

describe('time', () => {
  test('is RFC 3339 or milliseconds, cut off at the millisecond', () => {
    expect(read({ time: '2026-11-23T12:00:00.9999+02:00' }).time).toBe(Date.UTC(2026, 10, 23, 10, 0, 0, 999))
    expect(read({ time: NOW - 1 }).time).toBe(NOW - 1)
    expect(read({ time: 1_500_000_000_000.999 }).time).toBe(1_500_000_000_000)
    expect(read({ time: 0 }).time).toBe(0)
    expect(read({ time: '1970-01-01T00:00:00Z' }).time).toBe(0)
  })

  test('is at most five minutes ahead', () => {
    expect(read({ time: NOW + 300_000 }).time).toBe(NOW + 300_000)
    expect(rejected({ time: NOW + 300_001 })).toEqual({
      code: 'invalid.date',
      message: `The field [time] is ${NOW + 300_001}: it must be at most 5 minutes after the server’s time, which is 2026-11-23T12:00:00.000Z.`,
    })
  })

  test('is within retention', () => {
    const limits = { now: NOW, oldest: Date.UTC(2026, 0, 1) }
    expect(read({ time: '2026-01-01T00:00:00Z' }, limits).time).toBe(limits.oldest)
    expect(rejected({ time: '2025-12-31T23:59:59.999Z' }, limits)).toEqual({
      code: 'invalid.date',
      message:
        'The field [time] is the text "2025-12-31T23:59:59.999Z": it must be 2026-01-01T00:00:00.000Z or later: what is older is not kept.',
    })
  })

  test.each([
    ['2026-11-23'],
    ['2026-02-30T00:00:00Z'],
    ['1969-12-31T23:59:59Z'],
    ['now'],
    [''],
    [-1],
    [true],
    [{}],
    ['5'],
  ])('is not %j', (time) => {
    expect(rejected({ time }).code).toBe('invalid.date')
  })

  test.each([[Number.POSITIVE_INFINITY], [1e30], [Number.NaN]])('is not %d', (time) => {
    expect(rejected({ time }).code).toBe('invalid.date')
  })
})

describe('text', () => {
  const longest = { id: 128, clientId: 256, clientName: 256, userId: 256, platform: 256 }

  test.each(Object.entries(longest))('%s is as long as %i code points', (field, length) => {
    expect(read({ [field]: '😀'.repeat(length) })).toMatchObject({ [field]: '😀'.repeat(length) })
    expect(rejected({ [field]: '😀'.repeat(length + 1) }).code).toBe('invalid.value')
    expect(rejected({ [field]: 'x'.repeat(length + 1) }).message).toContain(`${length} characters`)
    expect(rejected({ [field]: 5 }).message).toContain(`[${field}] is 5`)
    expect(rejected({ [field]: ['a'] }).message).toContain(`[${field}] is a list`)
  })

  test('keeps control characters, and makes half a surrogate pair U+FFFD', () => {
    expect(read({ clientId: 'a\u0000b\nc' }).clientId).toBe('a\u0000b\nc')
    expect(read({ id: '\ud83d', userId: 'x\udc00y', path: '/\ud800' })).toMatchObject({
      id: '\ufffd',
      userId: 'x\ufffdy',
      path: '/\ufffd',
    })
  })

  test('an id is not empty, a name may be', () => {
    expect(rejected({ id: '' }).message).toContain('1 to 128 characters')
    expect(read({ clientId: '', clientName: '', userId: '', platform: '' }).clientId).toBe('')
  })

  test.each([[''], ['a b'], ['a/b'], ['ä'], ['x'.repeat(65)], [7]])(
    'an organization id is not %j',
    (organizationId) => {
      expect(rejected({ organizationId }).code).toBe('invalid.value')
    },
  )

  test('a template is kept in at most 1,024 code points', () => {
    expect(checkTemplateUri('😀'.repeat(1024))).toBeUndefined()
    const problem = checkTemplateUri('x'.repeat(1025))
    expect(problem?.message).toMatch(/^The field \[templateUri\] is the text "x{80}…": .* at most 1024 characters\.$/)
  })
})

describe('method', () => {
  test('is any HTTP token, in upper case', () => {
    expect(read({ method: 'get' }).httpMethod).toBe('GET')
    expect(read({ method: 'm-search' }).httpMethod).toBe('M-SEARCH')
    expect(read({ method: "!#$%&'*+.^_`|~-" }).httpMethod).toBe("!#$%&'*+.^_`|~-")
    expect(read({ method: 'x'.repeat(64) }).httpMethod).toBe('X'.repeat(64))
  })

  test.each([[''], ['GET /'], ['GÉT'], ['\u0016\u0003'], ['x'.repeat(65)], [1]])('is not %j', (method) => {
    expect(rejected({ method }).code).toBe('invalid.value')
  })
})

describe('path and templateUri', () => {
  test('one is enough', () => {
    expect(read({ path: undefined, templateUri: 'a' })).toMatchObject({ path: '', templateUri: 'a' })
    expect(read({ path: 'a', templateUri: '' })).toMatchObject({ path: 'a', templateUri: '' })
    expect(rejected({ path: '', templateUri: '' }).message).toContain('or templateUri instead')
    expect(rejected({ path: 5 }).message).toContain('[path] is 5')
  })
})

describe('numbers', () => {
  test.each([[99], [600], [200.5], [-200], [true], [null]])('status is not %j', (status) => {
    expect(rejected({ status }).code).toBe('invalid.value')
  })

  test('a duration is kept in whole microseconds, up to 30 days', () => {
    expect(read({ durationMs: 0.0004 }).durationMicros).toBe(0)
    expect(read({ durationMs: 0.0005 }).durationMicros).toBe(1)
    expect(read({ durationMs: 1.0005 }).durationMicros).toBe(1_001)
    expect(read({ durationMs: 2_592_000_000 }).durationMicros).toBe(2_592_000_000_000)
    for (const durationMs of [-0.001, 2_592_000_000.001, '5', Number.POSITIVE_INFINITY]) {
      expect(rejected({ durationMs }).message).toContain('(30 days)')
    }
  })

  test('bytes are whole, and exact', () => {
    expect(Object.is(read({ requestBytes: -0 }).requestBytes, 0)).toBe(true)
    for (const value of [-1, 1.5, 2 ** 53, '1', Number.POSITIVE_INFINITY]) {
      expect(rejected({ requestBytes: value }).message).toContain('from 0 to 9007199254740991')
      expect(rejected({ responseBytes: value }).message).toContain('[responseBytes]')
    }
  })
})

test('whatever comes is taken or rejected with a message of one short line, and never throws', () => {
  const field = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.double())
  const names = ['id', 'time', 'organizationId', 'clientId', 'method', 'path', 'templateUri', 'status', 'durationMs']
  const event = fc.record(Object.fromEntries(names.map((name) => [name, field])), { requiredKeys: [] })
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), event), (value) => {
      const read = readEvent(value, LIMITS)
      if (!(read instanceof EventReject)) return
      expect(read.message.length).toBeLessThan(400)
      expect(read.message).not.toContain('\n')
      expect(read.message.isWellFormed()).toBe(true)
    }),
  )
})
