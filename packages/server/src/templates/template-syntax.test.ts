import { describe, expect, test } from 'vitest'
import { isParameter, normalizeTemplate, segmentPattern } from './template-syntax.ts'

describe('a template is kept in one form:', () => {
  test.each([
    ['as it is', 'api/v2/users/{userId}', 'api/v2/users/{userId}'],
    ['without a leading slash', '/api/v2/users/{userId}', 'api/v2/users/{userId}'],
    ['without a trailing slash', '/api/v2/users/', 'api/v2/users'],
    [':id is {id}', '/users/:userId/queues/:id', 'users/{userId}/queues/{id}'],
    [':id? is {id}', '/users/:id?/queues', 'users/{id}/queues'],
    ['<id> and <int:id> are {id}', '/users/<user_id>/<int:id>', 'users/{user_id}/{id}'],
    ['a first segment can be a parameter', ':tenant/users', '{tenant}/users'],
    ['a colon inside a segment is text', 'users/{id}:activate', 'users/{id}:activate'],
    ['a lone colon is text', 'a/:/b:c', 'a/:/b:c'],
    ['doubled slashes and dots resolved', '/api//v2/./users/../{id}', 'api/v2/{id}'],
    ['a query is cut off', '/users/{id}?expand=all', 'users/{id}'],
    ['a URL is reduced to its path', 'https://api.example.com/users/:id', 'users/{id}'],
    ['escapes as in paths', '/%61pi/a%2fb', 'api/a%2Fb'],
    ['the root', '/', '/'],
    ['empty is the root', '', '/'],
    [
      'Express and Fastify: several parameters in a segment',
      '/near/:lat-:lng/:file.json',
      'near/{lat}-{lng}/{file}.json',
    ],
    ['Fastify: an expression for a parameter', '/at/:hour(^\\d{2})h:minute(^\\d{2})m', 'at/{hour}h{minute}m'],
    ['Fastify: a doubled colon is a colon', '/users/:id::activate', 'users/{id}:activate'],
    ['Express 5: an optional part', '/users{/:id}', 'users/{id}'],
    ['Rails: an optional format', '/users/:id(.:format)', 'users/{id}'],
    ['* is a catch-all', '/static/*', 'static/{rest+}'],
    ['*path is a catch-all', '/static/*path', 'static/{path+}'],
    ['{proxy+} is a catch-all', '/{proxy+}', '{proxy+}'],
    ['{*rest} and {**rest} are a catch-all', 'static/{**rest}', 'static/{rest+}'],
    ['{rest...} is a catch-all', 'static/{rest...}', 'static/{rest+}'],
    ['<path:rest> is a catch-all', 'static/<path:rest>', 'static/{rest+}'],
    [':rest* and :rest(.*) are a catch-all', 'static/:rest(.*)', 'static/{rest+}'],
    ['a catch-all before a trailing slash', '/static/*/', 'static/{rest+}'],
    ['a catch-all in the middle is a parameter', '/static/*/x/{all+}/y', 'static/{rest}/x/{all}/y'],
    ['a reserved value', '(unmatched)', '(unmatched)'],
  ])('%s', (_name, template, expected) => {
    expect(normalizeTemplate(template)).toBe(expected)
    expect(normalizeTemplate(expected)).toBe(expected)
  })
})

test('a parameter is a whole segment in braces', () => {
  expect(['{id}', '{user id}'].map(isParameter)).toEqual([true, true])
  expect(['id', '{}', '{id}.json', '{a}{b}', 'x{id}'].map(isParameter)).toEqual([false, false, false, false, false])
})

describe('a pattern within a segment', () => {
  const fits = (pattern: string, segment: string) => segmentPattern(pattern)?.fits(segment)

  test('fits text before and behind a parameter of at least one character', () => {
    expect(fits('{file}.json', 'report.json')).toBe(true)
    expect(fits('{file}.json', 'a.json.json')).toBe(true)
    expect(fits('{file}.json', '.json')).toBe(false)
    expect(fits('{file}.json', 'report.xml')).toBe(false)
    expect(fits('{id}:activate', '4711:activate')).toBe(true)
    expect(fits('v{major}', 'v')).toBe(false)
    expect(fits('v{major}', 'v2')).toBe(true)
  })

  test('fits several parameters, wherever that is possible', () => {
    expect(fits('{from}-{to}', '2020-2021')).toBe(true)
    expect(fits('{from}-{to}', '-2021')).toBe(false)
    expect(fits('{from}-{to}', '2020-')).toBe(false)
    expect(fits('{a}-{b}.{c}', '--.-.')).toBe(false)
    expect(fits('{a}-{b}.{c}', '--.-.x')).toBe(true)
    expect(fits('{a}ab{b}ab', 'xabab')).toBe(false)
    expect(fits('{a}ab{b}ab', 'xabyab')).toBe(true)
  })

  test('has no overlap of the text before and behind', () => {
    expect(fits('ab{x}ba', 'aba')).toBe(false)
    expect(fits('ab{x}ba', 'ab-ba')).toBe(true)
  })

  test('is none without a parameter', () => {
    expect(segmentPattern('users')).toBeUndefined()
  })
})
