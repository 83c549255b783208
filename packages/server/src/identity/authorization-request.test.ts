import { expect, test } from 'vitest'
import type { Client } from '../metadata/clients.ts'
import { isRedirectUri, withAnswer } from './redirect-uri.ts'
import { TestIdentity } from './test-identity.ts'

const REDIRECT = 'https://app.example.com/signed-in'
const GOOD = {
  response_type: 'code',
  client_id: 'app',
  redirect_uri: REDIRECT,
  state: 'x y&z',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

async function read(changes: Record<string, unknown>, client: Partial<Client> = {}) {
  await using test = await TestIdentity.open()
  const registeredRedirectUri = ['https://elsewhere.example.com/', REDIRECT, 'javascript:alert(1)', `${REDIRECT}#x`]
  await test.addClient('acme', 'app', [], { authorizedGrantType: 'CODE', registeredRedirectUri, ...client })
  return await test.identity.readAuthorizationRequest({ ...GOOD, ...changes })
}

test('an app’s request is read, whatever else comes with it', async () => {
  const { client, ...request } = await read({ scope: 'everything', prompt: 'login', scopes: ['a', 'b'] })
  expect(client.id).toBe('app')
  expect(request).toEqual({ redirectUri: REDIRECT, state: 'x y&z', codeChallenge: GOOD.code_challenge })
})

test.each<[string, Record<string, unknown>, Partial<Client>, string]>([
  ['no client', { client_id: undefined }, {}, 'client_id is missing'],
  ['an empty client', { client_id: '' }, {}, 'client_id is missing'],
  ['two clients', { client_id: ['app', 'app'] }, {}, 'client_id came more than once'],
  ['a client that is not there', { client_id: 'nobody' }, {}, '[nobody]'],
  ['a client that is disabled', {}, { state: 'disabled' }, '[app]'],
  ['no redirect URI', { redirect_uri: undefined }, {}, 'redirect_uri is missing'],
  ['two redirect URIs', { redirect_uri: [REDIRECT, REDIRECT] }, {}, 'redirect_uri came more than once'],
  ['another redirect URI', { redirect_uri: 'https://evil.example/' }, {}, '[https://evil.example/]'],
  ['one with more at its end', { redirect_uri: `${REDIRECT}/more` }, {}, 'has not registered'],
  ['one with a query', { redirect_uri: `${REDIRECT}?x` }, {}, 'has not registered'],
  ['one in another case', { redirect_uri: REDIRECT.toUpperCase() }, {}, 'has not registered'],
  ['a script, registered or not', { redirect_uri: 'javascript:alert(1)' }, {}, 'has not registered'],
  ['one with a fragment, registered or not', { redirect_uri: `${REDIRECT}#x` }, {}, 'has not registered'],
  ['a client without any', {}, { registeredRedirectUri: [] }, 'has not registered'],
])('%s is for the person alone: the browser is sent nowhere', async (_what, changes, client, words) => {
  await expect(read(changes, client)).rejects.toMatchObject({ name: 'Refusal', code: 'bad.request' })
  await expect(read(changes, client)).rejects.toThrow(words)
})

test.each<[string, Record<string, unknown>, Partial<Client>, string, string]>([
  ['a client for another grant', {}, { authorizedGrantType: 'CLIENT-CREDENTIALS' }, 'unauthorized_client', 'CODE'],
  ['no response type', { response_type: undefined }, {}, 'invalid_request', 'response_type'],
  ['the implicit grant', { response_type: 'token' }, {}, 'unsupported_response_type', '[token]'],
  ['code in capitals', { response_type: 'CODE' }, {}, 'unsupported_response_type', '[CODE]'],
  ['no challenge', { code_challenge: undefined }, {}, 'invalid_request', 'code_challenge'],
  ['an empty challenge', { code_challenge: '' }, {}, 'invalid_request', 'code_challenge'],
  ['a challenge that is no SHA-256', { code_challenge: 'x'.repeat(42) }, {}, 'invalid_request', '43'],
  ['a challenge with other signs', { code_challenge: `${'x'.repeat(42)}=` }, {}, 'invalid_request', '43'],
  ['no method', { code_challenge_method: undefined }, {}, 'invalid_request', 'S256'],
  ['plain', { code_challenge_method: 'plain' }, {}, 'invalid_request', '[plain]'],
  ['another case', { code_challenge_method: 's256' }, {}, 'invalid_request', '[s256]'],
  ['two states', { state: ['a', 'b'] }, {}, 'invalid_request', 'state'],
  ['two challenges', { code_challenge: ['a', 'b'] }, {}, 'invalid_request', 'code_challenge'],
])('%s is told to the app', async (_what, changes, client, error, words) => {
  const state = 'state' in changes ? undefined : 'x y&z'
  const refused = { name: 'AuthorizationRefusal', error, to: { redirectUri: REDIRECT, state } }
  await expect(read(changes, client)).rejects.toMatchObject(refused)
  await expect(read(changes, client)).rejects.toThrow(words)
})

test('what an app is told is text that a URL’s reader may show: ASCII without quotes', async () => {
  await expect(read({ response_type: '"é\\\n' })).rejects.toThrow('[????]')
})

test.each([
  ['https://a.example/cb', true],
  ['http://127.0.0.1:3000/', true],
  ['com.example.app:/cb', true],
  ['/relative', false],
  ['https://a.example/#', false],
  ['JavaScript:alert(1)', false],
  ['data:text/html,x', false],
  ['', false],
])('%s as a redirect URI: %s', (uri, isOne) => {
  expect(isRedirectUri(uri)).toBe(isOne)
})

test.each([
  ['https://a.example/cb', 'https://a.example/cb?code=a%26b'],
  ['https://a.example', 'https://a.example/?code=a%26b'],
  ['https://a.example/cb?x=%20y', 'https://a.example/cb?x=%20y&code=a%26b'],
  ['com.example.app:/cb', 'com.example.app:/cb?code=a%26b'],
  ['https://a.example/ü', 'https://a.example/%C3%BC?code=a%26b'],
])('the answer to %s goes to %s', (uri, expected) => {
  expect(withAnswer(uri, { code: 'a&b', state: undefined })).toBe(expected)
})
