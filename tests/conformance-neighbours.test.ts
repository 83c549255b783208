import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Installation, startInstallation, tokenOf } from './conformance/installation.ts'
import { isThere, OFFICIAL_CLIENTS, run, type Taken } from './conformance/official-clients.ts'

// What the platform's own clients ask beside usage (wire.md §5): who they are, and the whole life of an OAuth client.
let installation: Installation

beforeAll(async () => {
  installation = await startInstallation()
})

afterAll(() => installation[Symbol.asyncDispose]())

const CHANGED = { name: 'weekly report', accessTokenValiditySeconds: 600 }
const NEW = {
  name: 'nightly report',
  description: 'reads usage at night',
  accessTokenValiditySeconds: 3600,
  roleIds: ['role-1'],
  scope: ['usage'],
  registeredRedirectUri: [],
}

/** The oldest release knows no state to ask for, and grants by the names of 2020. */
const isOf2020 = (client: string) => client === 'Python 88.0.0'

const requested = (client: string) =>
  isOf2020(client)
    ? { made: { ...NEW, authorizedGrantType: 'CLIENT_CREDENTIALS' }, changed: CHANGED }
    : { made: { ...NEW, authorizedGrantType: 'CLIENT-CREDENTIALS' }, changed: { ...CHANGED, state: 'inactive' } }

interface OAuthClient {
  readonly id: string
  readonly secret: string
}

for (const client of OFFICIAL_CLIENTS) {
  describe.skipIf(!isThere(client))(`the platform’s ${client.name}`, () => {
    let transcript: readonly Taken[]
    const answerTo = (name: string) => transcript.find((taken) => taken.name === name)

    beforeAll(async () => {
      const { server, north } = installation
      const login = { url: server.url, clientId: north.client.id, clientSecret: north.client.secret }
      const { made, changed } = requested(client.name)
      const asked = ['tokensMe', 'organizationsMe', 'usersMe'].map((operation) => ({ name: operation, operation }))
      const life = {
        name: 'clientLifeCycle',
        operation: 'clientLifeCycle',
        body: made,
        update: { ...made, ...changed },
      }
      transcript = await run(client, { ...login, accessToken: await tokenOf(server, north), steps: [...asked, life] })
    })

    test('knows its organization, and the client that its token is of', () => {
      const { north } = installation
      const organization = { id: 'north', name: 'north' }
      expect(answerTo('organizationsMe')?.answer).toMatchObject({ ...organization, state: 'active' })
      expect(answerTo('tokensMe')?.answer).toMatchObject({
        organization,
        homeOrganization: organization,
        OAuthClient: { id: north.client.id, name: north.client.name },
      })
    })

    test('is told that a client is no person', () => {
      expect(answerTo('usersMe')?.error).toMatchObject({
        status: 400,
        code: 'bad.request',
        message: expect.stringMatching(/user context/),
      })
    })

    test('leads a client through its life: made, listed, read, changed, given a new secret, deleted', () => {
      const { north } = installation
      const life = answerTo('clientLifeCycle')?.answer ?? {}
      const made = life.created as OAuthClient
      const fields = { id: made.id, ...NEW, authorizedGrantType: 'CLIENT-CREDENTIALS' }
      const secret = expect.stringMatching(/^\S{24,}$/)
      expect(life.created).toMatchObject({ ...held(client.name, fields), secret })
      expect(life.read).toMatchObject(held(client.name, fields))
      expect(life.read).not.toHaveProperty('secret')
      expect(life.listed).toMatchObject({
        total: 2,
        entities: expect.arrayContaining([
          expect.objectContaining({ id: north.client.id }),
          expect.objectContaining({ id: made.id, name: NEW.name }),
        ]),
      })
      expect(life.updated).toMatchObject(held(client.name, { ...fields, ...requested(client.name).changed }))
      expect(life.resecreted).toMatchObject({ id: made.id, secret })
      expect((life.resecreted as OAuthClient).secret).not.toBe(made.secret)
      expect(life.afterDelete).toMatchObject({ error: { status: 404, code: 'not.found' } })
    })
  })
}

/** What a release's models hold of a client. */
function held(client: string, fields: object): object {
  return isOf2020(client) ? { ...fields, authorizedGrantType: 'outdated_sdk_version' } : { state: 'active', ...fields }
}
