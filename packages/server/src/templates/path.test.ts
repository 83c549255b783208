import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizePath, withoutLeadingSlash } from './path.ts'

describe('a path is normalized:', () => {
  test.each([
    ['nothing to do', '/api/v2/users', '/api/v2/users'],
    ['query cut off', '/api/v2/users?access_token=secret', '/api/v2/users'],
    ['query with slashes and question marks cut off', '/api/v2/users?next=/a/../b?c', '/api/v2/users'],
    ['fragment cut off', '/api/v2/users#part', '/api/v2/users'],
    ['fragment with a question mark in it cut off', '/api#a?b', '/api'],
    ['absolute form reduced to its path', 'https://user:pass@api.example.com:8443/api/v2/users?x=1', '/api/v2/users'],
    ['absolute form without a path is the root', 'http://api.example.com', '/'],
    ['absolute form without a path but with a query is the root', 'http://api.example.com?x=1', '/'],
    ['a URL within a path is no absolute form', '/proxy/https://example.com/a', '/proxy/https:/example.com/a'],
    ['leading slash added', 'api/v2/users', '/api/v2/users'],
    ['trailing slash taken off', '/api/v2/users/', '/api/v2/users'],
    ['many slashes are one', '//api///v2//users//', '/api/v2/users'],
    ['dot segments resolved', '/api/./v2/teams/../users/.', '/api/v2/users'],
    ['not above the root', '/../../api/v2', '/api/v2'],
    ['encoded dot segments resolved', '/api/v2/teams/%2e%2E/users', '/api/v2/users'],
    ['a dot at a segment’s start is no dot segment', '/.well-known/...', '/.well-known/...'],
    ['unreserved characters decoded', '/%61pi/v2/%7Euser/a%2Db%5f%2e', '/api/v2/~user/a-b_.'],
    ['an encoded slash stays in its segment', '/files/a%2fb', '/files/a%2Fb'],
    ['other escapes stay, in upper case', '/caf%c3%a9/a%20b%3f', '/caf%C3%A9/a%20b%3F'],
    ['an escaped percent sign is not decoded twice', '/a%2561', '/a%2561'],
    ['invalid escapes stay', '/100%/%zz/%4', '/100%/%zz/%4'],
    ['raw Unicode and control characters stay', '/café/\u0000\n', '/café/\u0000\n'],
    ['the root', '/', '/'],
    ['empty is the root', '', '/'],
    ['only dots is the root', '/./..', '/'],
  ])('%s', (_name, path, expected) => {
    expect(normalizePath(path)).toBe(expected)
  })

  test('the leading slash is dropped, but the root stays visible', () => {
    expect(withoutLeadingSlash('/api/v2/users')).toBe('api/v2/users')
    expect(withoutLeadingSlash('/')).toBe('/')
  })

  test('agrees with the WHATWG URL parser about dot segments and queries', () => {
    const segment = fc.constantFrom('a', 'b.c', '.', '..', '%2e', '%2E%2e', '...', 'x-y_z~')
    const paths = fc.tuple(fc.array(segment, { maxLength: 8 }), fc.constantFrom('', '?q=1', '#f', '?a#b', '#a?b'))
    fc.assert(
      fc.property(paths, ([segments, rest]) => {
        const path = `/${segments.join('/')}${rest}`
        const url = new URL(path, 'http://host').pathname
        expect(normalizePath(path)).toBe(url === '/' ? url : url.replace(/\/+$/, '') || '/')
      }),
    )
  })

  test('what is normal stays as it is', () => {
    const character = fc.constantFrom('a', 'Z', '0', '/', '.', '..', '%2F', '%41', '%20', '?', '#', 'é', ':', '//')
    fc.assert(
      fc.property(fc.array(character, { maxLength: 20 }), (parts) => {
        const normal = normalizePath(parts.join(''))
        expect(normalizePath(normal)).toBe(normal)
        expect(normal).toMatch(/^\/(?:[^/?#]+(?:\/[^/?#]+)*)?$/)
      }),
    )
  })
})
