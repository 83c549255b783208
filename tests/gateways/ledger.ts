// What the driver saw, added up with nothing of Routemeter's.

/** Who calls, and with what it says so. */
export interface Caller {
  /** The header X-Client-Id; "" without. */
  readonly header: string
  /** The user of HTTP Basic; "" without. */
  readonly user: string
  /** The claim client_id of a bearer token; "" without. */
  readonly claim: string
}

/** One call as its caller saw it. */
export interface Call {
  readonly caller: Caller
  readonly method: string
  readonly template: string
  readonly status: number
}

/** Milliseconds since 1970. */
export interface Time {
  readonly from: number
  readonly to: number
}

/** How a log tells who called; the calls themselves are the same for all. */
export interface Telling {
  readonly client: (call: Call) => string
  readonly user: (call: Call) => string
}

/** How many calls in all, then of each class of statuses; 429 is a part of 4xx. */
export interface Counts {
  readonly requests: number
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status429: number
  readonly status500: number
}

/** Client, user, template and method, and what was counted under them: one line each, in order. */
export type Counted = readonly string[]

export interface Group {
  readonly client: string
  readonly user: string
  readonly template: string
  readonly method: string
}

export function countsOf(calls: readonly Call[], telling: Telling): Counted {
  const statuses = new Map<string, number[]>()
  for (const call of calls) {
    const key = groupLine({ ...call, client: telling.client(call), user: telling.user(call) })
    statuses.set(key, [...(statuses.get(key) ?? []), call.status])
  }
  const lines = [...statuses].map(([key, of]) => {
    const hundred = (first: number) => of.filter((status) => status >= first && status < first + 100).length
    return countedLine(key, {
      requests: of.length,
      status200: hundred(200),
      status300: hundred(300),
      status400: hundred(400),
      status429: of.filter((status) => status === 429).length,
      status500: hundred(500),
    })
  })
  return lines.toSorted()
}

export function groupLine({ client, user, template, method }: Group): string {
  return `${client || '(none)'} · ${user || '(none)'} · ${method} ${template}`
}

export function countedLine(group: string, counts: Counts): string {
  const { requests, status200, status300, status400, status429, status500 } = counts
  const classes = `${status200} 2xx, ${status300} 3xx, ${status400} 4xx (${status429} 429), ${status500} 5xx`
  return `${group}: ${requests} = ${classes}`
}

/** By the header; texts of more than 256 characters are cut (sources.md, "Decided"). */
export const byHeader: Telling['client'] = ({ caller }) => [...caller.header].slice(0, 256).join('')

/** By the token's claim, which says nothing on a 401 (decisions.md 25). */
export const byClaim: Telling['client'] = ({ caller, status }) => (status === 401 ? '' : caller.claim)

export const byBasicUser: Telling['user'] = ({ caller }) => caller.user
export const nobody = () => ''
