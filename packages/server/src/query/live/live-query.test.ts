import { expect, test } from 'vitest'
import type { CountedCalls } from '../../store/usage-store.ts'
import { type LiveQuery, liveRows } from './live-query.ts'

const BASE = { clientName: '', userId: '', templateUri: '', httpMethod: 'GET', platform: '' }
const CALLS: readonly CountedCalls[] = [
  { ...BASE, clientId: 'a', clientName: 'Given', status: 200, calls: 5 },
  { ...BASE, clientId: 'a', clientName: 'Given', status: 429, calls: 2 },
  { ...BASE, clientId: 'a', status: 100, userId: 'u', calls: 1 },
  { ...BASE, clientId: 'b', status: 400, calls: 3 },
  { ...BASE, clientId: 'b', status: 500, calls: 4 },
  { ...BASE, clientId: '', status: 300, calls: 1 },
]
const COUNTS = { requests: 0, status200: 0, status300: 0, status400: 0, status500: 0, status429: 0 }
const ask = (query: Partial<LiveQuery>, names: [string, string][] = []) =>
  liveRows({ organizationId: 'acme', groupBy: [], filters: {}, ...query }, CALLS, new Map(names))

test('without groups there is one row of all, a 429 is a 4xx too, and a 1xx is in no class', () => {
  expect(ask({})).toEqual([{ requests: 16, status200: 5, status300: 1, status400: 5, status500: 4, status429: 2 }])
})

test('rows are told apart by every dimension that is named', () => {
  expect(ask({ groupBy: ['organizationId', 'clientId', 'statusClass'] })).toEqual([
    { ...COUNTS, organizationId: 'acme', clientId: 'a', statusClass: '2xx', requests: 5, status200: 5 },
    { ...COUNTS, organizationId: 'acme', clientId: 'a', statusClass: '4xx', requests: 2, status400: 2, status429: 2 },
    { ...COUNTS, organizationId: 'acme', clientId: 'a', statusClass: '1xx', requests: 1 },
    { ...COUNTS, organizationId: 'acme', clientId: 'b', statusClass: '4xx', requests: 3, status400: 3 },
    { ...COUNTS, organizationId: 'acme', clientId: 'b', statusClass: '5xx', requests: 4, status500: 4 },
    { ...COUNTS, organizationId: 'acme', clientId: '', statusClass: '3xx', requests: 1, status300: 1 },
  ])
})

test('filters: any value of a dimension, and every dimension; "" is a missing value', () => {
  const requests = (filters: LiveQuery['filters']) => ask({ filters }).map((row) => row.requests)
  expect(requests({ clientId: ['a', ''] })).toEqual([9])
  expect(requests({ clientId: ['a'], statusClass: ['4xx'] })).toEqual([2])
  expect(requests({ userId: ['u'] })).toEqual([1])
  expect(requests({ clientId: ['never'] })).toEqual([])
  expect(requests({ organizationId: ['globex'] })).toEqual([])
  expect(requests({ clientId: [] })).toEqual([])
})

test('a registered name goes before the one that events gave, for groups and for filters', () => {
  expect(ask({ groupBy: ['clientName'] }).map((row) => row.clientName)).toEqual(['Given', ''])
  const names: [string, string][] = [['a', 'Registered']]
  expect(ask({ groupBy: ['clientName'] }, names).map(({ clientName, requests }) => [clientName, requests])).toEqual([
    ['Registered', 8],
    ['', 8],
  ])
  expect(ask({ filters: { clientName: ['Given'] } }, names)).toEqual([])
})
