import { readFileSync } from 'node:fs'
import { Random } from './random.ts'

interface PlatformRow {
  readonly clientId: string
  readonly clientName: string
  readonly templateUri: string
  readonly date: string
  readonly status200: number
  readonly status300: number
  readonly status400: number
  readonly status500: number
}

const ANSWER = JSON.parse(readFileSync(new URL('./feb2020.json', import.meta.url), 'utf8')) as {
  readonly results: readonly PlatformRow[]
}
const DAY_SECONDS = 86_400
const STATUS_OF = { status200: 200, status300: 302, status400: 400, status500: 500 } as const

/** A real organization's February 2020, as its platform answered it: each of the 1,130 calls as an event of its own. */
export function february2020Events(): readonly object[] {
  return ANSWER.results.flatMap((row) =>
    (Object.keys(STATUS_OF) as (keyof typeof STATUS_OF)[]).flatMap((counter) =>
      Array.from({ length: row[counter] }, (_, index) => {
        const id = `${row.clientId.slice(0, 8)}/${row.date.slice(0, 10)}/${row.templateUri}/${counter}/${index}`
        return {
          id,
          time: Date.parse(row.date) + new Random(2020, id).below(DAY_SECONDS) * 1000,
          clientId: row.clientId,
          clientName: row.clientName,
          method: 'GET',
          templateUri: row.templateUri,
          status: STATUS_OF[counter],
        }
      }),
    ),
  )
}

/** Its four clients, under the ids that they really had. */
export function february2020Clients(): readonly { readonly id: string; readonly name: string }[] {
  const names = new Map(ANSWER.results.map((row) => [row.clientId, row.clientName]))
  return [...names].map(([id, name]) => ({ id, name }))
}
