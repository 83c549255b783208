import { expect, test } from 'vitest'
import { clientScope, organizationScope, restoreScope } from './scopes.ts'

const ELSEWHERE = ['beta', 'acme']

test('an organization sees the calls made in it', () => {
  expect(organizationScope({ organizationId: 'acme' })).toEqual({ organizationIds: ['acme'], clientId: undefined })
})

test('a client’s calls are seen in its owner’s organization and where it is authorized, nowhere else', () => {
  const client = { id: 'roamer', organizationId: 'acme' }
  const scope = clientScope({ organizationId: 'acme' }, client, ELSEWHERE)
  expect(scope).toEqual({ organizationIds: ['acme', 'beta'], clientId: 'roamer' })
})

test('another organization’s client looks like one that never was', () => {
  const client = { id: 'roamer', organizationId: 'acme' }
  expect(() => clientScope({ organizationId: 'beta' }, client, ELSEWHERE)).toThrow(
    expect.objectContaining({ code: 'not.found' }),
  )
})

test('a kept scope is the same again', () => {
  for (const scope of [
    organizationScope({ organizationId: 'acme' }),
    clientScope({ organizationId: 'acme' }, { id: 'roamer', organizationId: 'acme' }, ELSEWHERE),
  ]) {
    expect(restoreScope(JSON.parse(JSON.stringify(scope)))).toEqual(scope)
  }
})

test('a kept scope of nobody is not made', () => {
  expect(() => restoreScope({ organizationIds: [] })).toThrow('at least one organization')
})
