import { accessToken, type RunningServer, startRoutemeter } from '../running-server.ts'
import { type FixtureEvent, fixtureEvents } from './fixture.ts'

/** An organization with its administrator client. */
export interface Tenant {
  readonly id: string
  readonly client: { readonly id: string; readonly name: string; readonly secret: string }
}

/** A server with three organizations and the fixture's calls. */
export interface Installation extends AsyncDisposable {
  readonly server: RunningServer
  readonly north: Tenant
  readonly south: Tenant
  readonly events: readonly FixtureEvent[]
}

/**
 * The platform reports the calls in north and south; west sends its own, and claims there that north's client made them.
 */
export async function startInstallation(args: readonly string[] = []): Promise<Installation> {
  const server = await startRoutemeter({ args: ['--rate-limit-per-minute', '0', ...args] })
  const administrator = await server.token()
  const north = await makeTenant(server, administrator, 'north')
  const south = await makeTenant(server, administrator, 'south')
  const west = await makeTenant(server, administrator, 'west')
  const events = fixtureEvents({ own: north.client })
  const inWest = (event: FixtureEvent) => event.organizationId === 'west'
  await sendAll(server, administrator, events.filter((event) => !inWest(event)).toReversed())
  await sendAll(server, await tokenOf(server, west), events.filter(inWest))
  return { server, north, south, events, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

export const tokenOf = ({ url }: RunningServer, { client }: Tenant) => accessToken(url, client.id, client.secret)

async function makeTenant(server: RunningServer, token: string, id: string): Promise<Tenant> {
  return (await post(server, token, '/v1/organizations', { id, name: id })) as Tenant
}

async function sendAll(server: RunningServer, token: string, events: readonly FixtureEvent[]): Promise<void> {
  const receipt = await post(server, token, '/v1/events', events.map(withoutEmpty))
  if ((receipt as { accepted: number }).accepted !== events.length) throw new Error(JSON.stringify(receipt))
}

const withoutEmpty = (event: FixtureEvent) =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== ''))

export async function post({ url }: RunningServer, token: string, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
