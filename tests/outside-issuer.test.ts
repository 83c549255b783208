import { expect, test } from 'vitest'
import { CLIENT_SECRET, SIGN_IN, TestProvider } from '../packages/server/src/identity/outside/test-provider.ts'
import { type RunningServer, startRoutemeter } from './running-server.ts'

/** A server with the organization "acme", that trusts a provider for it. */
async function start(provider: TestProvider): Promise<RunningServer> {
  const issuer = {
    ...provider.issuer.trusted({ maxPermissions: ['usage:event:add', 'usage:organization:view'] }),
    signIn: SIGN_IN,
  }
  const env = { ROUTEMETER_SIGN_IN_SECRETS: JSON.stringify({ [SIGN_IN.id]: CLIENT_SECRET }) }
  const server = await startRoutemeter({ args: ['--issuers', JSON.stringify([issuer])], env })
  const made = await fetch(`${server.url}/v1/organizations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'acme', name: 'Acme' }),
  })
  expect(made.status).toBe(201)
  return server
}

test('a token of the company’s own provider sends events and asks for them', async () => {
  await using provider = await TestProvider.open()
  await using server = await start(provider)
  const token = await provider.issuer.token(Date.now(), { scope: 'usage:event:add usage:organization:view' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const event = { time: '2026-02-03T04:05:06Z', method: 'GET', path: '/api/v2/users/me', status: 200, clientId: 'c' }
  const sent = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify([event, event]) })
  expect(await sent.json()).toMatchObject({ accepted: 2, rejected: 0 })
  const body = JSON.stringify({ interval: '2026-02-03/2026-02-03', metrics: ['Requests'], groupBy: ['OAuthClientId'] })
  const submitted = await fetch(`${server.url}/api/v2/usage/query`, { method: 'POST', headers, body })
  const { resultsUri } = (await submitted.json()) as { resultsUri: string }
  const rows = async () => {
    const answer = await fetch(server.url + resultsUri, { headers })
    return ((await answer.json()) as { results?: unknown }).results
  }
  await expect.poll(rows).toMatchObject([{ clientId: 'c', requests: 2 }])
})

test('a person signs in at it, and is signed in here', async () => {
  await using provider = await TestProvider.open()
  await using server = await start(provider)
  const begun = await fetch(`${server.url}/oauth/sign-in/acme`, { redirect: 'manual' })
  const back = provider.signIn(String(begun.headers.get('location')))
  expect(back.origin).toBe(server.url)
  const landed = await fetch(back, { headers: { cookie: cookiesOf(begun) } })
  expect(landed.status).toBe(200)
  const state = await fetch(`${server.url}/v1/sign-in`, { headers: { cookie: cookiesOf(landed) } })
  expect(await state.json()).toMatchObject({ session: { name: 'Anna' } })
})

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
