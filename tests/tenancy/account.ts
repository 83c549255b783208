import { setImmediate } from 'node:timers/promises'
import { json, Knowledge } from './knowledge.ts'
import type { Operation } from './operations.ts'
import type { Answer, Request, RunningApp } from './running-app.ts'
import { type JsonSchema, sample } from './sample.ts'

/** What an operation is asked with. */
export interface Given {
  readonly parameters: Readonly<Record<string, string>>
  readonly body?: unknown
  /** With a browser's session: what is about a person does nothing for a client's token. */
  readonly isPerson?: boolean
}

export interface Credentials {
  readonly authorization?: string
  readonly cookie?: string
}

const DAY_MS = 86_400_000
/** What stands in a text that means something to the operation. */
const MEANT: Readonly<Record<string, (now: number) => string>> = {
  interval: (now) => `${dateOf(now - 7 * DAY_MS)}/${dateOf(now)}`,
  time: (now) => new Date(now - 1000).toISOString(),
  grant_type: () => 'client_credentials',
  registeredRedirectUri: () => 'https://app.example.com/signed-in',
}
/** Values of another organization's that one operation is tried with before this test says that it does not know how. */
const MOST_TRIES = 2_000

/** An organization with an administrator, and with everything that the operations can make. */
export class Account {
  readonly knowledge = new Knowledge()
  /** With what each operation has done something for this organization. */
  readonly fills = new Map<string, Given[]>()
  readonly app: RunningApp
  readonly organizationId: string
  readonly #client: { readonly id: string; readonly secret: string }
  #authorization = ''
  #cookie = ''
  ingestKey = ''

  private constructor(
    app: RunningApp,
    organizationId: string,
    client: { readonly id: string; readonly secret: string },
  ) {
    this.app = app
    this.organizationId = organizationId
    this.#client = client
  }

  /** @param calls how many calls of its own client are counted: so many that the numbers tell whose they are. */
  static async make(app: RunningApp, name: string, calls: number): Promise<Account> {
    const id = `organization-${name}`
    const platform = { authorization: `Bearer ${await app.token()}`, 'content-type': 'application/json' }
    const payload = JSON.stringify({ id, name: `The ${name} company` })
    const made = await app.inject({ method: 'POST', url: '/v1/organizations', headers: platform, payload })
    const { client } = JSON.parse(made.body) as { client: { id: string; secret: string } }
    const account = new Account(app, id, client)
    account.knowledge.learn('/v1/organizations', made.body)
    account.knowledge.add('/v1/organizations', 'organizationId', id)
    await account.signIn()
    await account.#beginSession()
    await account.#count(name, calls)
    return account
  }

  async signIn(): Promise<void> {
    this.#authorization = `Bearer ${await this.app.token(this.#client)}`
  }

  get credentials(): Credentials {
    return { authorization: this.#authorization }
  }

  async #beginSession(): Promise<void> {
    const payload = JSON.stringify({ clientId: this.#client.id, clientSecret: this.#client.secret })
    const headers = { 'content-type': 'application/json' }
    const answer = await this.app.inject({ method: 'POST', url: '/v1/sign-in', headers, payload })
    this.#cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  }

  async #count(name: string, calls: number): Promise<void> {
    const own = { clientId: this.#client.id }
    const event = (index: number) => ({
      time: this.app.clock.now - DAY_MS - index,
      ...(index < calls ? own : { clientId: `${name}-client`, clientName: `The ${name} reader` }),
      userId: `${name}-user`,
      method: 'GET',
      path: `/api/v2/${name}/things`,
      status: 200,
      platform: `${name}-phone`,
    })
    const payload = Array.from({ length: calls + (calls >> 1) }, (_, index) => JSON.stringify(event(index))).join('\n')
    const headers = { ...this.credentials, 'content-type': 'application/x-ndjson' }
    const answer = await this.app.inject({ method: 'POST', url: '/v1/events', headers, payload })
    if (answer.statusCode !== 200) throw new Error(`events were not taken: ${answer.body}`)
  }

  /** Uses every operation but those that end something, until each has done something. */
  async useAll(): Promise<void> {
    const operations = this.app.operations.filter(
      ({ who, isPlatforms, method }) => who !== 'anybody' && !isPlatforms && method !== 'DELETE',
    )
    const order = (operation: Operation) =>
      operation.method === 'GET' || operation.method === 'HEAD' ? 100 : pathNames(operation).length
    for (let round = 0; round < 3; round++) {
      for (const operation of operations.toSorted((a, b) => order(a) - order(b))) {
        if (round === 0 || isRead(operation) || !this.fills.has(operation.name)) await this.use(operation)
      }
    }
    const key = await this.ask(operationOf(this.app, 'POST /v1/ingest-keys'), {
      parameters: {},
      body: { name: 'A sender' },
    })
    this.ingestKey = (JSON.parse(key.body) as { key: string }).key
  }

  /** Uses the operations that end something: nothing that was made is sure to be there afterwards. */
  async endAll(): Promise<void> {
    for (const operation of this.app.operations) {
      const { who, isPlatforms, method } = operation
      if (who !== 'anybody' && !isPlatforms && method === 'DELETE') await this.use(operation)
    }
  }

  /**
   * Tries an operation with what the organization knows until it does something: one that asks with everything, one
   * that changes with the first that works.
   */
  async use(operation: Operation): Promise<void> {
    const fills: Given[] = []
    for (const parameters of this.#parameterChoices(operation)) {
      for (const all of [false, true]) {
        if (all && operation.body === undefined) continue
        const given = this.given(operation, parameters, all)
        const answer = await this.ask(operation, given)
        if (!isDone(answer)) continue
        this.knowledge.learn(operation.path, answer.body)
        fills.push(given)
      }
      if (fills.length > 0 && !isQuestion(operation)) break
    }
    if (fills.length === 0 && isRead(operation)) fills.push(...(await this.#asPerson(operation)))
    if (fills.length > 0) this.fills.set(operation.name, fills)
  }

  async #asPerson(operation: Operation): Promise<readonly Given[]> {
    const given = { ...this.given(operation, {}, false), isPerson: true }
    const answer = await this.ask(operation, given)
    this.knowledge.learn(operation.path, isDone(answer) ? answer.body : '')
    return isDone(answer) ? [given] : []
  }

  given(operation: Operation, parameters: Readonly<Record<string, string>>, all: boolean): Given {
    const options = { all, textOf: (name: string, schema: JsonSchema) => this.#textOf(name, schema) }
    const needed = operation.parameters.filter(({ required, name }) => required && parameters[name] === undefined)
    const others = needed.map(({ name, schema }) => [name, String(sample(schema, options, name))])
    const body = operation.body === undefined ? undefined : sample(operation.body.schema, options)
    return { parameters: { ...Object.fromEntries(others), ...parameters }, body }
  }

  #textOf(name: string, { format }: JsonSchema): string {
    const meant = MEANT[name]?.(this.app.clock.now)
    if (meant !== undefined) return meant
    if (name === 'organizationId') return this.organizationId
    const known = this.knowledge.values.find(({ field }) => field === name)
    if (known !== undefined && /Ids?$/.test(name)) return known.value
    return format === 'date-time' ? new Date(this.app.clock.now).toISOString() : `${this.organizationId}-${name}`
  }

  #parameterChoices(operation: Operation): readonly Readonly<Record<string, string>>[] {
    let choices: readonly Readonly<Record<string, string>>[] = [{}]
    for (const name of pathNames(operation)) {
      const { schema } = operation.parameters.find((parameter) => parameter.name === name) ?? {}
      const values = schema?.enum?.map(String) ?? this.#likely(operation, name)
      choices = choices.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })))
    }
    return choices.slice(0, MOST_TRIES)
  }

  /** What could stand for a path's parameter, the likeliest first. */
  #likely(operation: Operation, parameter: string): readonly string[] {
    const collection = operation.path.slice(0, operation.path.indexOf(`/{${parameter}}`))
    const score = ({ path, field }: { path: string; field: string }) =>
      Number(path === collection) * 2 + Number(field === parameter)
    const known = this.knowledge.values.toSorted((a, b) => score(b) - score(a)).map(({ value }) => value)
    if (isQuestion(operation)) return known
    // What the organization itself calls with is the last to be changed.
    return [...known.filter((value) => value !== this.#client.id), this.#client.id]
  }

  /** Asks as this organization's administrator, unless other credentials are given. */
  async ask(operation: Operation, given: Given, credentials?: Credentials): Promise<Answer> {
    const request = (as: Credentials) => this.app.inject(requestOf(operation, given, as))
    const own = given.isPerson ? { cookie: this.#cookie } : this.credentials
    const answer = await request(credentials ?? own)
    if (credentials !== undefined || given.isPerson || answer.statusCode !== 401)
      return this.#settled(answer, credentials)
    // Its token was ended by what was asked before.
    await this.signIn()
    return this.#settled(await request(this.credentials), credentials)
  }

  /** With the result, where the answer says where that will be. */
  async #settled(answer: Answer, credentials: Credentials = this.credentials): Promise<Answer> {
    const { resultsUri } = (json(answer.body) ?? {}) as { resultsUri?: string }
    if (resultsUri === undefined) return answer
    for (;;) {
      const result = await this.app.inject({ method: 'GET', url: resultsUri, headers: { ...credentials } })
      if (/"queryStatus":"(?:Queued|Running)"/.test(result.body)) {
        await setImmediate()
        continue
      }
      return { ...answer, body: `[${answer.body},${result.body}]` }
    }
  }
}

function isDone({ statusCode }: Answer): boolean {
  return statusCode >= 200 && statusCode < 300
}

export function isRead({ method }: Operation): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Reads, and queries of usage: nothing is different afterwards. */
export function isQuestion(operation: Operation): boolean {
  return isRead(operation) || (operation.method === 'POST' && operation.path.includes('/usage/'))
}

export function pathNames({ path }: Operation): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

export function operationOf(app: RunningApp, name: string): Operation {
  const operation = app.operations.find((other) => other.name === name)
  if (operation === undefined) throw new Error(`there is no ${name}`)
  return operation
}

function requestOf(
  { method, path, isStream, body: described }: Operation,
  given: Given,
  credentials: Credentials,
): Request {
  const query = new URLSearchParams(given.parameters)
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    query.delete(name)
    return encodeURIComponent(given.parameters[name] ?? '')
  })
  const headers = { ...credentials, ...(described === undefined ? {} : { 'content-type': described.contentType }) }
  const isForm = described?.contentType === 'application/x-www-form-urlencoded'
  const text = () =>
    isForm ? String(new URLSearchParams(given.body as Record<string, string>)) : JSON.stringify(given.body)
  return {
    method,
    url: query.size === 0 ? url : `${url}?${query}`,
    headers,
    isStream,
    ...(described === undefined ? {} : { payload: text() }),
  }
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
