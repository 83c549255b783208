import fc from 'fast-check'
import { type TSchema, Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../domain/refusal.ts'
import { compileValidator } from './validation.ts'

type Part = 'body' | 'querystring' | 'params' | 'headers'

function read(schema: TSchema, value: unknown, options: { part?: Part; url?: string } = {}) {
  const { part = 'body', url = '/api/v2/usage/query' } = options
  const validate = compileValidator({ schema, method: 'POST', url, httpPart: part })
  return validate(value) as { value?: unknown; error?: Error }
}

function refused(...input: Parameters<typeof read>): { code: string; message: string } {
  const { error } = read(...input)
  if (!(error instanceof Refusal)) throw new Error(`not refused: ${JSON.stringify(read(...input))}`)
  return { code: error.code, message: error.message }
}

const WORDS = ['OAuthClientId', 'TemplateUri', 'UserId'] as const
const Wire = Type.Object({
  interval: Type.String(),
  granularity: Type.Optional(Type.Enum(['Day', 'Week'])),
  groupBy: Type.Optional(Type.Array(Type.Enum([...WORDS]))),
  sortBy: Type.Optional(
    Type.Array(Type.Object({ fieldName: Type.String(), order: Type.Optional(Type.Enum(['Asc'])) })),
  ),
  literal: Type.Optional(Type.Union([Type.Literal('One'), Type.Literal('Two')])),
})
const Own = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 3 }),
    granularity: Type.Optional(Type.Enum(['Day', 'Week'])),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    filters: Type.Optional(
      Type.Object({ userId: Type.Optional(Type.Array(Type.String())) }, { additionalProperties: false }),
    ),
    when: Type.Optional(Type.String({ format: 'date-time' })),
    any: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  },
  { additionalProperties: false },
)
const own = { url: '/v1/things' }
const query = { part: 'querystring', url: '/v1/things' } as const

test('a refusal’s details name every field at fault, its message the first', () => {
  const { error } = read(Own, { granularity: 'Year', limit: 'x', filters: { userId: 5 }, more: 1, ' ': 2 }, own)
  expect(error).toMatchObject({ code: 'bad.request', message: 'The field [name] is required.' })
  const details = (error as Refusal).details.map(({ fieldName, errorCode }) => `${fieldName} ${errorCode}`)
  expect(details.sort()).toEqual([
    '  bad.request',
    'filters.userId bad.request',
    'granularity invalid.value',
    'limit bad.request',
    'more bad.request',
    'name bad.request',
  ])
})

test('NUL in a query parameter is refused by its name, in an id it is no such thing', () => {
  const schema = Type.Object({ after: Type.Optional(Type.String()) })
  const message = 'The query parameter [after] has NUL in it.'
  expect(refused(schema, { after: 'a\0b' }, query)).toEqual({ code: 'invalid.query.param.value', message })
  expect(refused(schema, { after: ['a', '\0'] }, query)).toEqual({ code: 'invalid.query.param.value', message })
  expect(refused(Type.Object({ id: Type.String() }), { id: '\0' }, { part: 'params' }).code).toBe('not.found')
})

describe('a body of the platform’s operations', () => {
  test('spells enums as it likes', () => {
    const casing = fc
      .constantFrom(...WORDS)
      .chain((word) =>
        fc
          .tuple(
            ...[...word].map((letter) => fc.boolean().map((up) => (up ? letter.toUpperCase() : letter.toLowerCase()))),
          )
          .map((letters) => ({ word, spelt: letters.join('') })),
      )
    fc.assert(
      fc.property(fc.array(casing, { minLength: 1 }), (cased) => {
        const groupBy = cased.map(({ spelt }) => spelt)
        expect(read(Wire, { interval: '2020', groupBy }).value).toEqual({
          interval: '2020',
          groupBy: cased.map(({ word }) => word),
        })
      }),
    )
  })

  test('may leave anything empty that it does not want to give, and say more than is known', () => {
    const given = {
      interval: '2020',
      granularity: '',
      groupBy: [],
      sortBy: null,
      literal: 'tWO',
      unknown: { deep: [1] },
      constructor: 1,
    }
    expect(read(Wire, given).value).toEqual({ interval: '2020', literal: 'Two' })
    expect(read(Wire, { interval: '2020', sortBy: [{ fieldName: 'date', order: '', more: 1 }] }).value).toEqual({
      interval: '2020',
      sortBy: [{ fieldName: 'date' }],
    })
  })

  test('is not changed itself', () => {
    const given = Object.freeze({ interval: '2020', granularity: 'day', extra: Object.freeze([]) })
    expect(read(Wire, given).value).toEqual({ interval: '2020', granularity: 'Day' })
  })

  test.each([undefined, null, [], '', {}])('without anything (%j) lacks its required field', (value) => {
    expect(refused(Wire, value)).toEqual({ code: 'bad.request', message: 'The field [interval] is required.' })
  })

  test('with a word that is not in an enum is told word, field and what is allowed', () => {
    expect(refused(Wire, { interval: '2020', groupBy: ['UserId', 'outdated_sdk_version'] })).toEqual({
      code: 'invalid.value',
      message:
        'Value [outdated_sdk_version] is not valid for [groupBy[1]]. ' +
        'Allowable values are: OAuthClientId, TemplateUri, UserId',
    })
    expect(refused(Wire, { interval: '2020', granularity: 'Year' }).message).toContain('[granularity]')
    expect(refused(Wire, { interval: '2020', granularity: 5 }).code).toBe('invalid.value')
    expect(refused(Wire, { interval: '2020', literal: 'Three' }).message).toBe(
      'Value [Three] is not valid for [literal]. Allowable values are: One, Two',
    )
  })

  test.each<[unknown, string]>([
    [{ interval: 5 }, 'The field [interval] must be a string, not [5].'],
    [{ interval: { a: 1 } }, 'The field [interval] must be a string, not [{"a":1}].'],
    [{ interval: '2020', groupBy: 'UserId' }, 'The field [groupBy] must be a list, not [UserId].'],
    [{ interval: '2020', sortBy: [{ order: 'Asc' }] }, 'The field [sortBy[0].fieldName] is required.'],
    [{ interval: '2020', sortBy: ['date'] }, 'The field [sortBy[0]] must be an object, not [date].'],
    ['text', 'The body must be an object, not [text].'],
    [7, 'The body must be an object, not [7].'],
    [[1], 'The body must be an object, not [[1]].'],
  ])('with a wrong type is told field, value and type: %j', (value, message) => {
    expect(refused(Wire, value)).toEqual({ code: 'bad.request', message })
  })
})

describe('a body of our own operations', () => {
  test.each<[object, string]>([
    [
      { name: 'a', nmae: 'b' },
      'The field [nmae] is not known. Known fields are: name, granularity, limit, filters, when, any.',
    ],
    [{ name: 'a', filters: { client: [] } }, 'The field [filters.client] is not known. Known fields are: userId.'],
    [{ name: null }, 'The field [name] must be a string, not [null].'],
    [{ name: '' }, 'The field [name] must be a string of 1 to 3 characters, not [].'],
    [{ name: 'a', limit: 11 }, 'The field [limit] must be a whole number of 1 to 10, not [11].'],
    [{ name: 'a', limit: '5' }, 'The field [limit] must be a whole number, not [5].'],
    [{ name: 'a', limit: 1.5 }, 'The field [limit] must be a whole number, not [1.5].'],
    [{ name: 'a', when: 'today' }, 'The field [when] must be a date and time (RFC 3339), not [today].'],
    [{ name: 'a', any: 5 }, 'The field [any] must be a string or null, not [5].'],
    [{ name: 'a', filters: { userId: [5] } }, 'The field [filters.userId[0]] must be a string, not [5].'],
  ])('is told what is wrong with it: %j', (value, message) => {
    expect(refused(Own, value, own)).toEqual({ code: 'bad.request', message })
  })

  test('keeps what it gives, words of enums in their own spelling', () => {
    const given = { name: 'a', granularity: 'wEEK', filters: { userId: [''] }, any: null }
    expect(read(Own, given, own).value).toEqual({ ...given, granularity: 'Week' })
  })

  test('without anything lacks its required field', () => {
    expect(refused(Own, null, own).message).toBe('The field [name] is required.')
  })
})

describe('a query string', () => {
  const Query = Type.Object({
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })),
    share: Type.Optional(Type.Number()),
    all: Type.Optional(Type.Boolean()),
    csv: Type.Optional(Type.Enum(['exact', 'spreadsheet'])),
    ids: Type.Optional(Type.Array(Type.String())),
    after: Type.Optional(Type.String()),
  })

  test('is read as the types that are asked for', () => {
    const given = { days: '7', share: '0.5', all: 'TRUE', csv: 'Spreadsheet', ids: 'a', after: '7', unknown: 'x' }
    const expected = { days: 7, share: 0.5, all: true, csv: 'spreadsheet', ids: ['a'], after: '7' }
    expect(read(Query, given, query).value).toEqual(expected)
    expect(read(Query, { ids: ['a', 'b'], days: '' }, query).value).toEqual({ ids: ['a', 'b'] })
  })

  test.each<[object, string]>([
    [{ days: '0' }, 'The query parameter [days] must be a whole number of 1 to 365, not [0].'],
    [{ days: '1e3' }, 'The query parameter [days] must be a whole number, not [1e3].'],
    [
      { days: '99999999999999999999' },
      'The query parameter [days] must be a whole number of 1 to 365, not [100000000000000000000].',
    ],
    [{ days: ['1', '2'] }, 'The query parameter [days] is given more than once: [["1","2"]].'],
    [{ csv: ['exact', 'exact'] }, 'The query parameter [csv] is given more than once: [["exact","exact"]].'],
    [{ csv: 'no' }, 'Value [no] is not valid for [csv]. Allowable values are: exact, spreadsheet'],
    [{ all: 'yes' }, 'The query parameter [all] must be true or false, not [yes].'],
  ])('that does not fit is told what is wrong with it: %j', (value, message) => {
    expect(refused(Query, value, query)).toEqual({ code: 'invalid.query.param.value', message })
  })
})

test('a path’s id that is not even shaped like one names nothing', () => {
  const Params = Type.Object({ id: Type.String({ format: 'uuid' }) })
  expect(refused(Params, { id: 'x' }, { part: 'params' }).code).toBe('not.found')
  expect(read(Params, { id: '4c9c2d6e-7a0e-4a53-9b70-2f7d6c0d6d11' }, { part: 'params' }).error).toBeUndefined()
})

test('headers that the schema does not name are left alone, one that does not fit is named', () => {
  const Headers = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ maxLength: 2 })) })
  const given = { 'idempotency-key': 'a', host: 'x' }
  expect(read(Headers, given, { part: 'headers' }).value).toBe(given)
  expect(refused(Headers, { 'idempotency-key': 'abc' }, { part: 'headers' }).message).toContain('[idempotency-key]')
})

test('whatever comes is either read or refused, and never an error of ours', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.constantFrom(Wire, Own),
      fc.constantFrom('/api/x', '/v1/x'),
      (value, schema, url) => {
        const { error } = read(schema, value, { url })
        if (error !== undefined) expect(error).toBeInstanceOf(Refusal)
      },
    ),
  )
  fc.assert(
    fc.property(
      fc.record({
        interval: fc.jsonValue(),
        granularity: fc.jsonValue(),
        groupBy: fc.jsonValue(),
        sortBy: fc.jsonValue(),
      }),
      (value) => {
        const { error } = read(Wire, value)
        if (error !== undefined) expect(error).toBeInstanceOf(Refusal)
      },
    ),
  )
})
