import { expect, test } from 'vitest'
import { formatView, parseView } from './view.ts'

test('whatever is looked at is read from the address as it was written there', () => {
  const view = {
    page: 'routes',
    range: '2026-11-01T00:00:00/2026-11-02T12:30:00',
    zone: 'America/St_Johns',
    filters: { clientId: 'a b&c=d#e', templateUri: 'users/{userId}?%2F', userId: '' },
  } as const
  expect(parseView(formatView(view))).toEqual(view)
})

test('an address that says nothing, or nonsense, is the overview of the last day', () => {
  for (const hash of ['', '#', '#/', '#/nowhere?zone=Mars/Base&colour=red']) {
    expect(parseView(hash)).toMatchObject({ page: 'overview', range: '24h', filters: {} })
  }
})
