import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../../domain/permissions.ts'
import { beginDeletion } from '../../metadata/organizations.ts'
import { SECRET, TestIdentity } from '../test-identity.ts'
import { AUDIENCE, newSigningKey, TestIssuer } from './test-issuer.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const UNKNOWN = { code: 'bad.credentials', message: 'The credentials are unknown, expired or revoked.' }

/** An issuer, and an installation with the organizations acme and beta that trusts it. */
async function open(fields: Partial<TrustedIssuer> = {}) {
  const issuer = await TestIssuer.open()
  const test = await TestIdentity.open([issuer.trusted(fields)])
  await test.addClient('acme', 'admin')
  await test.addClient('beta', 'beta-admin')
  return {
    issuer,
    test,
    now: () => test.clock.now,
    authenticate: (token: string) => test.authenticate({ authorization: `Bearer ${token}` }),
    token: (claims = {}, options = {}) => issuer.token(test.clock.now, claims, options),
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

describe('a token of a trusted issuer', () => {
  test('is its client in its organization, with the permissions it claims', async () => {
    await using outside = await open()
    expect(await outside.authenticate(await outside.token())).toEqual({
      kind: 'client',
      organizationId: 'acme',
      clientId: 'outsider',
      name: 'outsider',
      permissions: new Set(['usage:organization:view']),
      anyOrganization: false,
      credential: expect.any(String),
      scope: { organizationIds: ['acme'], clientId: undefined },
      outside: { issuer: outside.issuer.url, deadAt: outside.now() + 3_660_000 },
    })
  })
  test('of a client that is registered here has its name; with its permissions it has nothing to do', async () => {
    await using outside = await open()
    await outside.test.addClient('acme', 'outsider', ['usage:event:add'])
    const caller = await outside.authenticate(await outside.token())
    expect(caller.name).toBe('The outsider')
    expect(caller.permissions).toEqual(new Set(['usage:organization:view']))
  })
  test('has nothing of a client of the same id that another organization registered', async () => {
    await using outside = await open()
    await outside.test.addClient('beta', 'outsider', ['usage:event:add'], { state: 'disabled' })
    expect(await outside.authenticate(await outside.token())).toMatchObject({
      organizationId: 'acme',
      name: 'outsider',
    })
  })
  test.each(['disabled', 'inactive'] as const)('is refused while its client is %s here', async (state) => {
    await using outside = await open()
    await outside.test.addClient('acme', 'outsider')
    const token = await outside.token()
    await outside.test.changeClient('outsider', { state })
    await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
    await outside.test.changeClient('outsider', { state: 'active' })
    expect((await outside.authenticate(token)).clientId).toBe('outsider')
  })
  test('counts for the organization that its claim names, and for none beside the listed ones', async () => {
    await using outside = await open({ organizations: ['acme', 'gone'], organizationClaim: 'https://x.example/org' })
    const of = async (organization: unknown) =>
      outside.authenticate(await outside.token({ 'https://x.example/org': organization }))
    expect((await of('acme')).organizationId).toBe('acme')
    for (const organization of ['beta', 'gone', undefined, ['acme']]) {
      await expect(of(organization), JSON.stringify(organization)).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('dies with its organization', async () => {
    await using outside = await open()
    const token = await outside.token()
    await outside.authenticate(token)
    await beginDeletion(outside.test.metadata.database, 'acme', 1)
    await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
  })
  test('may no more than the issuer may give, and administers the platform only where that is listed', async () => {
    const scope = ['usage:organization:view', 'oauth:client:add', 'platform:admin', 'openid']
    await using narrow = await open()
    const caller = await narrow.authenticate(await narrow.token({ scope }))
    expect([caller.permissions, caller.anyOrganization]).toEqual([new Set(['usage:organization:view']), false])
    await using wide = await open({ maxPermissions: ['platform:admin'] })
    const admin = await wide.authenticate(await wide.token({ scope }))
    expect([admin.permissions, admin.anyOrganization]).toEqual([new Set(ALL_PERMISSIONS), true])
    const reader = await wide.authenticate(await wide.token({ scope: 'usage:organization:view' }))
    expect([reader.permissions, reader.anyOrganization]).toEqual([new Set(), false])
  })
  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (alg) => {
    await using outside = await open()
    const key = await newSigningKey('other', alg)
    outside.issuer.published = [key.publicJwk]
    expect((await outside.authenticate(await outside.token({}, { key }))).clientId).toBe('outsider')
  })
  test.each(['at+jwt', 'application/at+jwt', 'JWT', undefined])('may have the typ %s', async (typ) => {
    await using outside = await open()
    expect((await outside.authenticate(await outside.token({}, { header: { typ } }))).clientId).toBe('outsider')
  })
  test('may be for other servers too', async () => {
    await using outside = await open()
    const token = await outside.token({ aud: ['https://other.example', AUDIENCE] })
    expect((await outside.authenticate(token)).clientId).toBe('outsider')
  })
})

describe('of the clocks, a token', () => {
  test('is good until a minute past its exp, to the second', async () => {
    await using outside = await open()
    const token = await outside.token()
    outside.test.clock.now += 3_659_000
    await outside.authenticate(token)
    outside.test.clock.now += 1_000
    await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
  })
  test.each(['nbf', 'iat'])('may have a %s that is a minute ahead, and no more', async (claim) => {
    await using outside = await open()
    const seconds = outside.now() / 1000
    await outside.authenticate(await outside.token({ [claim]: seconds + 60 }))
    await expect(outside.authenticate(await outside.token({ [claim]: seconds + 61 }))).rejects.toMatchObject(UNKNOWN)
  })
  test('is dead at its exp where the setting allows no skew', async () => {
    await using outside = await open({ clockSkewSeconds: 0 })
    const token = await outside.token()
    outside.test.clock.now += 3_599_000
    await outside.authenticate(token)
    outside.test.clock.now += 1_000
    await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
  })
})

describe('not good, in the same words, is a token', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test.each([
    ['without exp', { exp: undefined }],
    ['with an exp that is no number', { exp: 'tomorrow' }],
    ['for another server', { aud: 'https://other.example' }],
    ['for nobody', { aud: undefined }],
    ['of another issuer', { iss: 'https://login.example.com' }],
    ['of the issuer with a slash too many', { iss: 'slash' }],
    ['of no issuer', { iss: undefined }],
    ['of no client', { azp: undefined }],
  ])('%s', async (_, claims) => {
    await using outside = await open()
    const iss = 'iss' in claims && claims.iss === 'slash' ? { iss: `${outside.issuer.url}/` } : {}
    await expect(outside.authenticate(await outside.token({ ...claims, ...iss }))).rejects.toMatchObject(UNKNOWN)
  })
  test('with a typ that is another token’s', async () => {
    await using outside = await open()
    for (const typ of ['logout+jwt', 'secevent+jwt', 'dpop+jwt', '']) {
      const token = await outside.token({}, { header: { typ } })
      await expect(outside.authenticate(token), typ).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('without a signature, whatever its alg is called', async () => {
    await using outside = await open()
    const [, claims] = (await outside.token()).split('.')
    for (const alg of ['none', 'None', 'NONE', '', undefined, 'ES256']) {
      await expect(outside.authenticate(`${part({ alg })}.${claims}.`), String(alg)).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('signed with the issuer’s public key as if that were a shared secret', async () => {
    await using outside = await open()
    const key = await newSigningKey('rsa', 'RS256')
    outside.issuer.published = [key.publicJwk]
    const payload = { iss: outside.issuer.url, aud: AUDIENCE, azp: 'outsider', exp: outside.now() / 1000 + 60 }
    for (const secret of [JSON.stringify(key.publicJwk), String(key.publicJwk.n)]) {
      const token = await new SignJWT(payload)
        .setProtectedHeader({ alg: 'HS256', kid: 'rsa' })
        .sign(Buffer.from(secret.padEnd(64)))
      await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('signed by a stranger, whose key the token itself brings along', async () => {
    await using outside = await open()
    const stranger = await newSigningKey('first')
    for (const header of [{}, { jwk: stranger.publicJwk }, { jku: 'http://127.0.0.1:1/jwks' }]) {
      const token = await outside.token({ scope: 'platform:admin' }, { key: stranger, header })
      await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('signed with an algorithm that the setting leaves out', async () => {
    await using outside = await open({ algorithms: ['RS256'] })
    await expect(outside.authenticate(await outside.token())).rejects.toMatchObject(UNKNOWN)
  })
  test('changed after it was signed, cut off or garbled', async () => {
    await using outside = await open()
    const [header = '', claims = '', signature = ''] = (await outside.token()).split('.')
    const wider = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), scope: 'usage:client:view' }
    for (const token of [
      `${header}.${part(wider)}.${signature}`,
      `${header}.${claims}.${signature.slice(0, -4)}`,
      `${header}.${claims}.${signature}.${signature}`,
      `${header}.${claims}`,
      `${header}..${signature}`,
      `..`,
      `${part(null)}.${part(null)}.${signature}`,
      `${part([])}.${part({ iss: outside.issuer.url })}.AA`,
      `${part({ alg: 'ES256', crit: ['b64'], b64: false })}.${claims}.${signature}`,
      `x.${claims}.y`,
      `${header}.${part({ iss: { toString: 1 } })}.${signature}`,
    ]) {
      await expect(outside.authenticate(token), token).rejects.toMatchObject(UNKNOWN)
    }
  })
  test('where no issuer is trusted', async () => {
    await using outside = await open()
    await using nobody = await TestIdentity.open()
    await nobody.addClient('acme', 'admin')
    const authorization = `Bearer ${await outside.token()}`
    await expect(nobody.authenticate({ authorization })).rejects.toMatchObject(UNKNOWN)
  })
  test('sent as anything but a bearer token', async () => {
    await using outside = await open()
    const token = await outside.token()
    for (const credentials of [{ apiKey: token }, { session: token }, { authorization: `Basic ${token}` }]) {
      await expect(outside.test.authenticate(credentials)).rejects.toMatchObject(UNKNOWN)
    }
  })
})

describe('revoked, a token', () => {
  test('is dead until it would be anyway, after a restart too; another one of its client lives', async () => {
    await using outside = await open()
    const [one, other] = [await outside.token({ jti: '1' }), await outside.token({ jti: '2' })]
    const caller = await outside.authenticate(one)
    await outside.test.identity.revoke(caller)
    await outside.test.identity.revoke(caller)
    await expect(outside.authenticate(one)).rejects.toMatchObject(UNKNOWN)
    await outside.test.restart()
    outside.test.clock.now += 3_659_000
    await expect(outside.authenticate(one)).rejects.toMatchObject(UNKNOWN)
    expect((await outside.authenticate(other)).clientId).toBe('outsider')
  })
  test('is forgotten when it would be dead anyway', async () => {
    await using outside = await open()
    await outside.test.identity.revoke(await outside.authenticate(await outside.token()))
    const kept = () => outside.test.metadata.database.selectFrom('spentToken').selectAll().execute()
    expect(await kept()).toHaveLength(1)
    outside.test.clock.now += 3_660_000
    await outside.test.token('admin', SECRET)
    expect(await kept()).toEqual([])
  })
  test('does not live on with its signature written differently', async () => {
    await using outside = await open()
    const token = await outside.token()
    const signed = token.slice(0, token.lastIndexOf('.'))
    const signature = Buffer.from(token.slice(signed.length + 1), 'base64url')
    // Of an ES256 signature (r, s) anybody can make the equally good (r, n - s).
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const mirrored = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'),
    ])
    const twin = `${signed}.${mirrored.toString('base64url')}`
    const [caller, twinCaller] = [await outside.authenticate(token), await outside.authenticate(twin)]
    expect(twinCaller.credential).toBe(caller.credential)
    await outside.test.identity.revoke(caller)
    await expect(outside.authenticate(twin)).rejects.toMatchObject(UNKNOWN)
  })
})

test('no token stands on disk or in the log, which says why one was refused', async () => {
  await using outside = await open()
  const good = await outside.token()
  await outside.test.identity.revoke(await outside.authenticate(good))
  const { privateKey } = await generateKeyPair('ES256')
  const forged = await new SignJWT({ iss: outside.issuer.url })
    .setProtectedHeader({ alg: 'ES256', kid: 'first' })
    .sign(privateKey)
  const refused = [good, forged, await outside.token({ aud: 'x' }), await outside.token({ azp: undefined })]
  for (const token of refused) await expect(outside.authenticate(token)).rejects.toMatchObject(UNKNOWN)
  const reasons = outside.test.logged.map((line) => JSON.parse(line).reason)
  expect(reasons).toEqual([
    'it was revoked here',
    'signature verification failed',
    'unexpected "aud" claim value',
    'it names no client',
  ])
  const bytes = outside.test.metadata.bytes()
  for (const part of refused.flatMap((token) => token.split('.').slice(1))) {
    expect(outside.test.logged.join('\n')).not.toContain(part)
    expect(bytes.includes(part)).toBe(false)
  }
})
