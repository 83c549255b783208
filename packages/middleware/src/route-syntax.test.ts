import { describe, expect, test } from 'vitest'
import { isCatchAll, templateOf } from './route-syntax.ts'

describe('a route is written as a template', () => {
  test.each([
    // Express 5 and @koa/router: path-to-regexp 8
    ['/users/:id', 'optional part', '/users/{id}'],
    ['/users{/:id}', 'optional part', '/users/{id}'],
    ['/files/*path', 'optional part', '/files/{path}'],
    ['/:"a b"/:from-:to', 'optional part', '/{a b}/{from}-{to}'],
    ['/v1/things\\:batch', 'optional part', '/v1/things:batch'],
    // Express 4
    ['/users/:id(\\d+)', 'optional part', '/users/{id}'],
    ['/users/:id((?:\\d+)\\))', 'optional part', '/users/{id}'],
    ['/users/:id?', 'optional part', '/users/{id}'],
    ['/files/*', 'optional part', '/files/*'],
    ['/a(bc)?d', 'optional part', '/a*d'],
    // Fastify
    ['/at/:hour(^\\d{2}$)h:minute(^\\d{2}$)m', 'pattern', '/at/{hour}h{minute}m'],
    ['/name::verb', 'pattern', '/name:verb'],
    // Hono
    ['/posts/:date{[0-9]{4}}/:title{[a-z]+}', 'pattern', '/posts/{date}/{title}'],
    ['/already/{id}', 'pattern', '/already/{id}'],
    ['/wild/*', 'pattern', '/wild/*'],
    // Mounted
    ['/orgs/:org/', 'optional part', '/orgs/{org}'],
    ['//a///b', 'optional part', '/a/b'],
    ['/', 'optional part', '/'],
  ] as const)('%s (a brace is a %s)', (route, braces, template) => {
    expect(templateOf(route, braces)).toBe(template)
  })
})

test('a route that fits everything is told from one that has a parameter', () => {
  const everything = ['*', '/*', '/*path', '/{*path}', '(.*)', '/(.*)', '/:path(.*)', '/:path{.*}', '{/*path}']
  expect(everything.filter((route) => !isCatchAll(route))).toEqual([])
  expect(['/', '/:code', '/files/*', '/:code(\\d+)', '/a*', ''].filter(isCatchAll)).toEqual([])
})
