import { describe, expect, test } from 'vitest'
import { claimOf, clientIdOf, organizationOf, permissionsOf } from './claims.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const ISSUER: TrustedIssuer = {
  issuer: 'https://login.example.com',
  audience: 'usage',
  organizations: ['acme', 'beta'],
  organizationClaim: 'org',
  permissionsClaim: 'scope',
  maxPermissions: ['usage:organization:view', 'usage:event:add'],
  algorithms: ['ES256'],
  clockSkewSeconds: 60,
}

describe('a claim', () => {
  const claims = {
    scope: 'a',
    realm_access: { roles: ['b'], 'deep.er': { still: 'c' } },
    'https://acme.example/org': 'd',
    'realm_access.roles': 'e',
    empty: null,
  }
  test.each([
    ['scope', 'a'],
    ['https://acme.example/org', 'd'],
    ['realm_access.roles', 'e'],
    ['realm_access.deep.er.still', 'c'],
    ['scope.length', undefined],
    ['empty.x', undefined],
    ['gone', undefined],
    ['constructor', undefined],
    ['__proto__.constructor', undefined],
    ['realm_access.', undefined],
    ['.scope', undefined],
  ])('%s is %j: dots lead inside, a name that has them goes before, and nothing is inherited', (name, value) => {
    expect(claimOf(claims, name)).toEqual(value)
  })
  test('of a nested name is found where no name with dots is', () => {
    expect(claimOf({ realm_access: { roles: ['b'] } }, 'realm_access.roles')).toEqual(['b'])
  })
})

describe('the organization', () => {
  test('is what the claim says, of those that the issuer may speak for', () => {
    expect(organizationOf({ org: 'beta' }, ISSUER)).toBe('beta')
    for (const org of ['gamma', 'Acme', '', undefined, 1, ['acme'], { acme: 1 }]) {
      expect(() => organizationOf({ org }, ISSUER), JSON.stringify(org)).toThrow('no organization')
    }
  })
  test('is the only one where nothing else is asked of the token', () => {
    const { organizationClaim: _, ...issuer } = { ...ISSUER, organizations: ['acme'] }
    expect(organizationOf({ org: 'beta' }, issuer)).toBe('acme')
  })
})

describe('the client', () => {
  test('is azp, else client_id', () => {
    expect(clientIdOf({ azp: 'a', client_id: 'b' }, ISSUER)).toBe('a')
    expect(clientIdOf({ client_id: 'b', sub: 's' }, ISSUER)).toBe('b')
  })
  test('is only what the setting names, where it names one', () => {
    const issuer = { ...ISSUER, clientIdClaim: 'cid' }
    expect(clientIdOf({ cid: 'c', azp: 'a' }, issuer)).toBe('c')
    expect(() => clientIdOf({ azp: 'a' }, issuer)).toThrow('names no client')
  })
  test('has an id that an event could have', () => {
    expect(clientIdOf({ azp: '😀'.repeat(256) }, ISSUER)).toHaveLength(512)
    for (const azp of ['', 'x'.repeat(257), 7, ['a'], null]) {
      expect(() => clientIdOf({ azp }, ISSUER), JSON.stringify(azp)).toThrow('names no client')
    }
  })
})

describe('permissions', () => {
  test.each([
    ['usage:organization:view usage:event:add', ['usage:organization:view', 'usage:event:add']],
    [['usage:event:add'], ['usage:event:add']],
    ['openid usage:organization:view platform:admin oauth:client:add', ['usage:organization:view']],
    [['platform:admin', 7, null], []],
    ['', []],
    [undefined, []],
    [{ 'usage:event:add': true }, []],
  ])('of the claim %j are %j: known ones, and no more than the issuer may give', (scope, permissions) => {
    expect(permissionsOf({ scope }, ISSUER)).toEqual(permissions)
  })
  test('of the platform’s administrator are given by an issuer that may', () => {
    expect(permissionsOf({ scope: 'platform:admin' }, { ...ISSUER, maxPermissions: ['platform:admin'] })).toEqual([
      'platform:admin',
    ])
  })
})
