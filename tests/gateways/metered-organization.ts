import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { accessToken, type RunningServer } from '../running-server.ts'
import type { IngestAccess } from './ingest-command.ts'
import { type Counted, type Counts, countedLine, groupLine, type Time } from './ledger.ts'

interface Receipt {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
  readonly errors: readonly { readonly index: number; readonly code: string; readonly message: string }[]
}

interface Row extends Counts {
  readonly clientId: string
  readonly userId: string
  readonly templateUri: string
  readonly httpMethod: string
}

/** An organization of its own in a running Routemeter, for the log of one gateway. */
export class MeteredOrganization {
  /** Its administrator client's, for the command line. */
  readonly access: IngestAccess
  readonly #url: string
  readonly #token: string

  private constructor(access: IngestAccess, token: string) {
    this.access = access
    this.#url = access.url
    this.#token = token
  }

  static async make(server: RunningServer, id: string): Promise<MeteredOrganization> {
    const made = await fetch(`${server.url}/v1/organizations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, name: id }),
    })
    expect(made.status).toBe(201)
    const { client } = (await made.json()) as { client: { id: string; secret: string } }
    const access = { url: server.url, clientId: client.id, clientSecret: client.secret }
    return new MeteredOrganization(access, await accessToken(server.url, client.id, client.secret))
  }

  /** A credential that sends events and does nothing else. */
  async ingestKey(): Promise<string> {
    const answer = await fetch(`${this.#url}/v1/ingest-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'gateway' }),
    })
    expect(answer.status).toBe(201)
    return ((await answer.json()) as { key: string }).key
  }

  /** Posts a log to the door of its format. @param map as `?map=` has it. */
  async push(format: string, log: Buffer, map: readonly string[], timeZone: string): Promise<Receipt> {
    const query = new URLSearchParams({ timeZone })
    for (const entry of map) query.append('map', entry)
    const answer = await fetch(`${this.#url}/v1/sources/${format}?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'text/plain' },
      body: new Uint8Array(log),
    })
    expect(answer.status, await answer.clone().text()).toBe(200)
    return (await answer.json()) as Receipt
  }

  /** What is counted in a time, by client, user, template and method. */
  async counted(during: Time): Promise<Counted> {
    const rows = await this.#query(during, ['OAuthClientId', 'UserId', 'TemplateUri', 'HttpMethod'])
    const lines = rows.map((row) => {
      const { clientId: client, userId: user, templateUri: template, httpMethod: method, ...counts } = row
      return countedLine(groupLine({ client, user, template, method }), counts)
    })
    return lines.toSorted()
  }

  async total(during: Time): Promise<number> {
    const rows = await this.#query(during, ['OrganizationId'])
    return rows.reduce((sum, { requests }) => sum + requests, 0)
  }

  async #query({ from, to }: Time, groupBy: readonly string[]): Promise<readonly Row[]> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    // Moved out to whole minutes.
    const interval = `${new Date(from).toISOString()}/${new Date(to).toISOString()}`
    const body = JSON.stringify({ interval, groupBy })
    const submitted = await fetch(`${this.#url}/api/v2/usage/query`, { method: 'POST', headers, body })
    expect(submitted.status).toBe(202)
    const { resultsUri } = (await submitted.json()) as { resultsUri: string }
    const result = async () =>
      (await fetch(this.#url + resultsUri, { headers })).json() as Promise<{ queryStatus?: string; results?: Row[] }>
    await expect.poll(async () => (await result()).queryStatus, { timeout: 10_000 }).not.toBe('Running')
    return (await result()).results ?? []
  }
}

/** Which of the texts stand in a file of the folder, as they are. */
export function foundInFolder(folder: string, texts: readonly string[]): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
  return texts.filter((text) => contents.some((content) => content.includes(text)))
}
