import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../packages/server/src/demo/random.ts'

export const ROUTE_TEMPLATES: readonly string[] = readFileSync(
  join(import.meta.dirname, '../packages/server/src/demo/platform-templates.txt'),
  'utf8',
)
  .split('\n')
  .filter((line) => line.startsWith('/'))

const CLIENTS = 24
const USERS = 5_000

/**
 * Bodies of NDJSON as a busy gateway sends them: unique ids, raw paths over 2,206 templates, 24 clients, 5,000 users,
 * about 300 bytes an event, times within `overMs` before `until`.
 */
export function eventBodies(
  bodies: number,
  eventsEach: number,
  until: number,
  { seed = 1, overMs = 3_600_000 } = {},
): readonly Buffer[] {
  const same = new Random(1, 'callers')
  const users = Array.from({ length: USERS }, () => same.uuid())
  const clients = Array.from({ length: CLIENTS }, () => same.uuid())
  const random = new Random(seed, 'calls')
  const line = () => {
    const template = ROUTE_TEMPLATES[random.below(ROUTE_TEMPLATES.length)] ?? '/'
    return JSON.stringify({
      id: random.uuid(),
      time: new Date(until - 1 - random.below(overMs)).toISOString(),
      clientId: clients[random.below(CLIENTS)],
      userId: users[random.below(USERS)],
      method: ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'][random.below(6)],
      path: template.replace(/\{\w+\}/g, () => random.uuid()),
      status: [200, 200, 200, 200, 200, 201, 204, 404, 429, 500][random.below(10)],
      durationMs: 5 + random.below(500),
    })
  }
  return Array.from({ length: bodies }, () => Buffer.from(`${Array.from({ length: eventsEach }, line).join('\n')}\n`))
}
