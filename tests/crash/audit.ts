import { setTimeout as pause } from 'node:timers/promises'
import { accessToken } from '../running-server.ts'
import type { Counts, Ledger } from './ledger.ts'
import { ask, result, submit } from './platform.ts'
import { questions } from './questions.ts'
import type { Up } from './server-life.ts'
import { LEAVING, ORGANIZATIONS } from './traffic.ts'

/** Its organizations as the server knows them: '' has no credentials of its own here. */
export interface Credentials {
  readonly id: string
  readonly secret: string
}
export type Accounts = ReadonlyMap<string, Credentials>

/** Makes the organizations in which calls are made. */
export async function makeOrganizations(up: Up): Promise<Accounts> {
  const accounts = new Map<string, Credentials>()
  for (const id of [...ORGANIZATIONS, LEAVING]) {
    if (id === '') continue
    const { status, text } = await ask(up, '/v1/organizations', { body: { id, name: id } })
    if (status !== 201) throw new Error(`no organization: ${status} ${text}`)
    accounts.set(id, (JSON.parse(text) as { client: Credentials }).client)
  }
  return accounts
}

export interface Audit {
  /** Requests in all organizations, as the server has them. */
  readonly events: number
  readonly lost: number
  readonly doubled: number
  readonly faults: readonly string[]
}

const RETENTION_DEADLINE_MS = 60_000

/** Waits until retention has taken the leaving organization's usage out: week by week, and nothing comes back. */
export async function untilPastRetention(up: Up, accounts: Accounts, ledger: Ledger): Promise<readonly string[]> {
  const account = accounts.get(LEAVING)
  if (account === undefined) throw new Error('the leaving organization was not made')
  const token = await accessToken(up.url, account.id, account.secret)
  let left = totalOf(ledger.of('client', LEAVING).values())
  const deadline = performance.now() + RETENTION_DEADLINE_MS
  for (;;) {
    const question = { interval: '2020-01-01/2040-01-01', groupBy: ['OAuthClientId'], metrics: ['Requests'] }
    const { rows } = await result(up, token, await submit(up, token, '/api/v2/usage/query', question))
    const now = totalOf(rows.map((row) => [Number(row.requests)]))
    if (now === 0) return []
    if (now > left) return [`retention had left ${left} events, and then there were ${now}`]
    if (performance.now() > deadline) return [`retention has left ${now} events`]
    left = now
    await pause(100)
  }
}

function totalOf(rows: Iterable<Counts>): number {
  return [...rows].reduce((sum, [requests = 0]) => sum + requests, 0)
}

/** Compares every count that the server gives with the independent one; nobody may send meanwhile. */
export async function audit(up: Up, accounts: Accounts, ledger: Ledger, now: number): Promise<Audit> {
  const found = { events: 0, lost: 0, doubled: 0, faults: [] as string[] }
  for (const organizationId of [...ORGANIZATIONS, LEAVING]) {
    const account = accounts.get(organizationId)
    const token = account === undefined ? up.token : await accessToken(up.url, account.id, account.secret)
    for (const [index, question] of questions(now, organizationId).entries()) {
      const { state, rows } = await result(up, token, await submit(up, token, question.path, question.body))
      if (state !== 'Complete' && state !== 'Succeeded')
        found.faults.push(`${question.path} of ${organizationId}: ${state}`)
      const seen = new Map<string, Counts>()
      for (const row of rows) {
        const organization = await nameOf(up, question.keyOf(row), question.path)
        if (seen.has(organization)) found.faults.push(`${question.path} answers ${organization} twice`)
        seen.set(organization, question.countsOf(row))
      }
      const expected = question.expected(ledger, organizationId)
      found.faults.push(...differences(`${organizationId} ${JSON.stringify(question.body)}`, seen, expected))
      // The first question has every event of the organization once.
      if (index === 0) addTotals(found, seen, expected)
    }
    found.faults.push(...(await authorizations(up, organizationId, ledger)))
  }
  return found
}

/** The administrator's own organization has no name in the ledger. */
async function nameOf(up: Up, key: string, path: string): Promise<string> {
  if (!path.startsWith('/api/v2/oauth/clients/')) return key
  if (ORGANIZATIONS.some((id) => id === key) || key === LEAVING) return key
  const { text } = await ask(up, `/v1/organizations/${encodeURIComponent(key)}`)
  return (JSON.parse(text) as { name: string }).name === 'Default' ? '' : key
}

function differences(
  what: string,
  seen: ReadonlyMap<string, Counts>,
  expected: ReadonlyMap<string, Counts>,
): readonly string[] {
  return [...new Set([...seen.keys(), ...expected.keys()])].flatMap((key) => {
    const [counted, sent] = [String(seen.get(key) ?? 'none'), String(expected.get(key) ?? 'none')]
    return counted === sent ? [] : [`[${what}] ${key}: counted ${counted}, sent ${sent}`]
  })
}

function addTotals(
  found: { events: number; lost: number; doubled: number },
  seen: ReadonlyMap<string, Counts>,
  expected: ReadonlyMap<string, Counts>,
): void {
  for (const key of new Set([...seen.keys(), ...expected.keys()])) {
    const [counted, sent] = [seen.get(key)?.[0] ?? 0, expected.get(key)?.[0] ?? 0]
    found.events += counted
    found.lost += Math.max(0, sent - counted)
    found.doubled += Math.max(0, counted - sent)
  }
}

/** A platform administrator's events authorize their clients where they were made (decisions.md 15). */
async function authorizations(up: Up, organizationId: string, ledger: Ledger): Promise<readonly string[]> {
  if (organizationId === '' || organizationId === LEAVING) return []
  const { text } = await ask(up, `/v1/authorized-clients?organizationId=${organizationId}`)
  const { entities } = JSON.parse(text) as { entities: readonly { clientId: string }[] }
  const seen = entities.map(({ clientId }) => clientId).toSorted()
  const expected = [...ledger.of('client', organizationId).keys()].toSorted()
  return String(seen) === String(expected) ? [] : [`authorized in ${organizationId}: ${seen}; called: ${expected}`]
}
