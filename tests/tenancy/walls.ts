import { type Account, type Credentials, type Given, isQuestion, isRead, pathNames } from './account.ts'
import { comparable, leavesOf, twinOf } from './knowledge.ts'
import type { Operation } from './operations.ts'
import type { Answer } from './running-app.ts'
import { type Place, textPlaces, withText } from './sample.ts'

/** Two accounts that each have everything; `stranger` is tried against what is `owner`'s. */
export interface Walls {
  readonly owner: Account
  readonly stranger: Account
}

/** Where a value of the owner's is put into a request. */
type Spot = { readonly parameter: string } | { readonly place: Place }

/**
 * Tries every operation with every value of the owner's, in every place where a text fits, as the stranger's
 * administrator, and the operations of senders with its ingest key too: the answer must be the one for a value that
 * never was.
 * @returns what was different, or told of the owner.
 */
export async function strangersFindings(
  walls: Walls,
  operations = walls.owner.app.operations,
): Promise<readonly string[]> {
  const comparison = new Comparison(walls)
  // What lists everything first: later the stranger's own things carry names that are the owner's.
  for (const operation of operations.toSorted((a, b) => spotsOf(a).length - spotsOf(b).length)) {
    await comparison.tryAll(operation, operation.who === 'anybody' ? {} : undefined)
    if (operation.who === 'sender') await comparison.tryAll(operation, keyCredentials(walls.stranger))
  }
  return comparison.findings
}

export function keyCredentials({ ingestKey }: Account): Credentials {
  return { authorization: `Bearer ${ingestKey}` }
}

/**
 * Where the two answers may differ; what they tell may not. An app's client id is public in OAuth, and a wrong one must
 * be told before a person signs in (RFC 6749 §2.2, §4.1.2.1). An import says how many templates there are by now.
 */
const MAY_DIFFER: ReadonlySet<string> = new Set([
  'GET /oauth/authorize client_id',
  'POST /v1/route-templates prefix',
  'POST /v1/route-templates templateUris.0',
])

class Comparison {
  readonly findings: string[] = []
  readonly #walls: Walls
  readonly #telling: readonly string[]
  readonly #numbers: ReadonlySet<number>
  readonly #sent = new Set<string>()

  constructor(walls: Walls) {
    this.#walls = walls
    this.#telling = walls.owner.knowledge.toldBeside(walls.stranger.knowledge)
    this.#numbers = walls.owner.knowledge.numbersBeside(walls.stranger.knowledge)
  }

  async tryAll(operation: Operation, credentials: Credentials | undefined): Promise<void> {
    const { owner, stranger } = this.#walls
    const base = stranger.fills.get(operation.name)?.[0] ?? stranger.given(operation, {}, true)
    const spots = spotsOf(operation)
    if (spots.length === 0) await this.#ask(operation, base, credentials, [])
    for (const spot of spots) {
      for (const value of probes(owner, spot)) {
        await this.#compare(operation, {
          base,
          credentials,
          values: [value],
          into: (given, [text = '']) => put(given, spot, text),
          mayDiffer: MAY_DIFFER.has(`${operation.name} ${'parameter' in spot ? spot.parameter : spot.place.join('.')}`),
        })
      }
    }
    const names = pathNames(operation)
    if (names.length < 2) return
    for (const { parameters } of owner.fills.get(operation.name) ?? []) {
      const into = (given: Given, texts: readonly string[]) => {
        const changed = Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']))
        return { ...given, parameters: { ...given.parameters, ...changed } }
      }
      await this.#compare(operation, { base, credentials, values: names.map((name) => parameters[name] ?? ''), into })
    }
  }

  async #compare(operation: Operation, attempt: Attempt): Promise<void> {
    const { base, credentials, values, into } = attempt
    const never = values.map(twinOf)
    const answer = await this.#ask(operation, into(base, values), credentials, values)
    const other = await this.#ask(operation, into(base, never), credentials, never)
    const [a, b] = [comparable(answer.body, values), comparable(other.body, never)]
    if ((answer.statusCode === other.statusCode && a === b) || attempt.mayDiffer) return
    this.findings.push(
      `${operation.name} with [${values}] answers ${answer.statusCode} ${a}, with what never was ${other.statusCode} ${b}`,
    )
  }

  async #ask(
    operation: Operation,
    given: Given,
    credentials: Credentials | undefined,
    sent: readonly string[],
  ): Promise<Answer> {
    const answer = await this.#walls.stranger.ask(operation, given, credentials)
    if (!isRead(operation)) for (const value of sent) this.#sent.add(value)
    const told = this.#telling.find(
      (text) => answer.body.includes(text) && ![...sent, ...this.#sent].some((word) => word.includes(text)),
    )
    const number = leavesOf(answer.body).find(({ value }) => this.#numbers.has(value as number))?.value
    if (told !== undefined || number !== undefined) {
      this.findings.push(`${operation.name} with [${sent}] tells [${told ?? number}] of another organization`)
    }
    return answer
  }
}

interface Attempt {
  readonly base: Given
  readonly credentials: Credentials | undefined
  readonly values: readonly string[]
  readonly into: (given: Given, values: readonly string[]) => Given
  readonly mayDiffer?: boolean
}

/** In a path every value; elsewhere, where most are as good as any, one that came from each field of each operation. */
function probes({ knowledge }: Account, spot: Spot): readonly string[] {
  if ('parameter' in spot) return knowledge.values.map(({ value }) => value)
  return [...new Map(knowledge.values.map(({ field, value }) => [field, value])).values()]
}

function spotsOf({ parameters, body }: Operation): readonly Spot[] {
  const named = parameters.filter(({ schema }) => textPlaces(schema).length > 0)
  const places = body === undefined ? [] : textPlaces(body.schema)
  return [...named.map(({ name }) => ({ parameter: name })), ...places.map((place) => ({ place }))]
}

function put(given: Given, spot: Spot, value: string): Given {
  if ('place' in spot) return { ...given, body: withText(given.body, spot.place, value) }
  return { ...given, parameters: { ...given.parameters, [spot.parameter]: value } }
}

/**
 * Tries every operation that asks for credentials with ones that are not good for it: whatever is named, the owner's or
 * nothing, the answer is the same refusal.
 */
export async function badCredentialsFindings(
  { owner }: Walls,
  credentials: Credentials,
  status: 401 | 403,
): Promise<readonly string[]> {
  const findings: string[] = []
  for (const operation of owner.app.operations) {
    const mayBeKey = operation.who === 'sender' && !isRead(operation)
    if (operation.who === 'anybody' || (status === 403 && mayBeKey)) continue
    const fills = owner.fills.get(operation.name) ?? [owner.given(operation, {}, true)]
    for (const given of fills.slice(0, 3)) {
      const parameters = Object.fromEntries(
        Object.entries(given.parameters).map(([name, value]) => [name, twinOf(value)]),
      )
      const answer = await owner.ask(operation, given, credentials)
      const other = await owner.ask(operation, { ...given, parameters }, credentials)
      if (answer.statusCode !== status) findings.push(`${operation.name} answers ${answer.statusCode} ${answer.body}`)
      if (comparable(answer.body, []) !== comparable(other.body, [])) {
        findings.push(`${operation.name} tells what is there: ${answer.body}, ${other.body}`)
      }
    }
  }
  return findings
}

/** Everything that an organization can read of itself, and the result of every query that it can ask again. */
export async function everythingOf(account: Account): Promise<Readonly<Record<string, string>>> {
  const entries: [string, string][] = []
  for (const operation of account.app.operations) {
    const fills = account.fills.get(operation.name) ?? []
    if (isRead(operation)) {
      for (const given of fills) {
        const { body } = await account.ask(operation, given)
        // A read may submit a query too: that has a new id every time.
        const kept = body.includes('"resultsUri"') ? comparable(body, []) : body
        entries.push([`${operation.name} ${JSON.stringify(given.parameters)}`, kept])
      }
    } else if (isQuestion(operation)) {
      for (const [at, given] of fills.entries()) {
        entries.push([`${operation.name} anew, ${at}`, comparable((await account.ask(operation, given)).body, [])])
      }
    }
  }
  return Object.fromEntries(entries)
}

/** Operations that no value made do anything: a parameter that these tests do not know how to fill. */
export function unused(account: Account): readonly string[] {
  const { operations } = account.app
  const mine = operations.filter(({ who, isPlatforms }) => who !== 'anybody' && !isPlatforms)
  return mine.map(({ name }) => name).filter((name) => !account.fills.has(name))
}
