import { type Account, type Given, pathNames } from './account.ts'
import { twinOf } from './knowledge.ts'
import type { Operation } from './operations.ts'
import type { Walls } from './walls.ts'

const SAMPLES = 11
/** What is slow is sampled less. */
const MOST_MS = 1_500
/** An oracle is something like a secret that is checked in one case only; the rest is noise. */
const MOST_TIMES = 3
const MOST_MORE_MS = 5
const RETRIES = 3

/**
 * Asks for what is the owner's and for what never was, in every operation that takes a value in its path, or without
 * credentials in its body.
 * @returns the operations whose time tells the two from each other.
 */
export async function timeFindings(
  { owner, stranger }: Walls,
  operations = owner.app.operations,
): Promise<readonly string[]> {
  const findings: string[] = []
  for (const operation of operations) {
    if (pathNames(operation).length === 0 && operation.who !== 'anybody') continue
    const theirs = owner.fills.get(operation.name)?.[0] ?? owner.given(operation, {}, true)
    const finding = await timeDifference(stranger, operation, theirs)
    if (finding !== undefined) findings.push(finding)
  }
  return findings
}

async function timeDifference(stranger: Account, operation: Operation, theirs: Given): Promise<string | undefined> {
  let last: string | undefined
  for (let retry = 0; retry < RETRIES; retry++) {
    const [a, b] = await medians(stranger, operation, theirs, neverOf(theirs, operation))
    if (isClose(a, b)) return undefined
    last = `${operation.name} takes ${a.toFixed(1)} ms for another's and ${b.toFixed(1)} ms for what never was`
  }
  return last
}

function isClose(a: number, b: number): boolean {
  return Math.max(a, b) < Math.min(a, b) * MOST_TIMES + MOST_MORE_MS
}

async function medians(account: Account, operation: Operation, theirs: Given, never: Given): Promise<[number, number]> {
  const credentials = operation.who === 'anybody' ? {} : account.credentials
  const times: [number[], number[]] = [[], []]
  const begun = performance.now()
  // In turns, so that what slows the machine down slows both.
  while (times[0].length < SAMPLES && (times[0].length < 3 || performance.now() - begun < MOST_MS)) {
    for (const [at, given] of [theirs, never].entries()) {
      const start = performance.now()
      await account.ask(operation, given, credentials)
      times[at]?.push(performance.now() - start)
    }
  }
  return [medianOf(times[0]), medianOf(times[1])]
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** The same request with every id changed into one that never was. */
function neverOf(given: Given, { who }: Operation): Given {
  const parameters = Object.fromEntries(Object.entries(given.parameters).map(([name, value]) => [name, twinOf(value)]))
  const body = who === 'anybody' ? twinsIn(given.body) : given.body
  return { parameters, ...(body === undefined ? {} : { body }) }
}

function twinsIn(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, /id$/i.test(name) ? twinOf(String(value)) : value]),
  )
}
