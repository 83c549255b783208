import { expect, test } from 'vitest'
import { acceptedType } from './accept.ts'

const OFFERED = ['application/json', 'text/csv', 'application/x-ndjson'] as const

test.each([
  ['nothing said', undefined, 'application/json'],
  ['an empty header', ' ', 'application/json'],
  ['anything', '*/*', 'application/json'],
  ['one of them', 'text/csv', 'text/csv'],
  ['one in capitals, with parameters', 'Text/CSV; header=present', 'text/csv'],
  ['a family', 'text/*', 'text/csv'],
  ['several alike', 'text/csv, application/json', 'application/json'],
  ['several with weights', 'application/json;q=0.5, text/csv;q=0.9', 'text/csv'],
  ['what a browser sends', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/json'],
  ['all but one', 'application/json;q=0, */*', 'text/csv'],
  ['none of them', 'image/png', undefined],
  ['a weight that is none', 'text/csv;q=often', undefined],
])('with %s', (_what, header, expected) => {
  expect(acceptedType(header, OFFERED)).toBe(expected)
})
