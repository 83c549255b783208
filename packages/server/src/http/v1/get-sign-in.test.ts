import { expect, test } from 'vitest'
import { openTestApp } from '../test-app.ts'

test('tells a browser who is signed in with it, and nobody else', async () => {
  await using open = await openTestApp()
  const headers = await open.sessionOf(['usage:client:view'], 'Acme')
  const { session, version } = (await open.app.inject({ url: '/v1/sign-in', headers })).json()
  const { organization } = (await open.app.inject({ url: '/api/v2/tokens/me', headers })).json()
  expect(version).toBe('9.8.7')
  expect(session).toMatchObject({ organizationName: 'Acme', organizationId: organization.id })
  expect(session.permissions).toEqual(['usage:client:view'])
})

test.each<[string, Record<string, string>]>([
  ['nobody', {}],
  ['a session that is over', { cookie: 'routemeter_session=expired' }],
])('tells %s no more than how to sign in, and is no error', async (_, headers) => {
  await using open = await openTestApp()
  const answer = await open.app.inject({ url: '/v1/sign-in', headers })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ session: null, providers: [], version: '9.8.7' })
})
