import { describe, expect, test } from 'vitest'
import { SECRET, TestIdentity } from './test-identity.ts'

const UNKNOWN = { code: 'bad.credentials' }
const HOUR = 60 * 60 * 1000

describe('a sign-in code', () => {
  test('begins its client’s session, once', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const code = await test.identity.newSignInCode('admin')
    expect(Buffer.from(code, 'base64url')).toHaveLength(32)
    const session = await test.identity.signIn({ code })
    expect(session).toMatchObject({ organizationId: 'acme', clientId: 'admin', clientName: 'The admin' })
    await expect(test.identity.signIn({ code })).rejects.toMatchObject(UNKNOWN)
    const caller = await test.authenticate({ session: session.token })
    expect(caller).toMatchObject({ kind: 'person', organizationId: 'acme', clientId: 'admin', anyOrganization: true })
  })
  test('is good for 15 minutes, across a restart', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const [early, late] = [await test.identity.newSignInCode('admin'), await test.identity.newSignInCode('admin')]
    await test.restart()
    test.clock.now += 15 * 60_000 - 1
    await test.identity.signIn({ code: early })
    test.clock.now += 1
    await expect(test.identity.signIn({ code: late })).rejects.toMatchObject(UNKNOWN)
  })
  test('of a client that is disabled or gone is worth nothing', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const codes = [await test.identity.newSignInCode('admin'), await test.identity.newSignInCode('nobody')]
    await test.changeClient('admin', { state: 'disabled' })
    for (const code of [...codes, 'unknown']) {
      await expect(test.identity.signIn({ code })).rejects.toMatchObject(UNKNOWN)
    }
  })
})

describe('a client’s credentials', () => {
  test('begin a session', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const session = await test.identity.signIn({ clientId: 'admin', clientSecret: SECRET, address: '::1' })
    expect(session).toMatchObject({ organizationId: 'acme', clientId: 'admin' })
  })
  test('that are wrong are counted together with those at the token endpoint', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const wrong = { clientId: 'admin', clientSecret: 'wrong', address: '127.0.0.1' }
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await expect(test.identity.signIn(wrong)).rejects.toMatchObject(UNKNOWN)
    }
    await expect(test.identity.signIn(wrong)).rejects.toMatchObject({ code: 'too.many.requests' })
    await expect(test.token('admin')).rejects.toMatchObject({ code: 'too.many.requests' })
  })
})

describe('a session', () => {
  test('ends after twelve hours, however much it is used', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const { token } = await test.identity.signIn({ code: await test.identity.newSignInCode('admin') })
    await test.restart()
    test.clock.now += 12 * HOUR - 1
    await test.authenticate({ session: token })
    test.clock.now += 1
    await expect(test.authenticate({ session: token })).rejects.toMatchObject(UNKNOWN)
  })
  test('ends by signing out, and another one does not', async () => {
    await using test = await TestIdentity.open()
    await test.addClient('acme', 'admin')
    const begin = async () => (await test.identity.signIn({ code: await test.identity.newSignInCode('admin') })).token
    const [one, other] = [await begin(), await begin()]
    await test.identity.signOut(one)
    await test.identity.signOut('unknown')
    await expect(test.authenticate({ session: one })).rejects.toMatchObject(UNKNOWN)
    await test.authenticate({ session: other })
  })
})
