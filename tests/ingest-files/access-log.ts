/** Calls as nginx's combined format has them, and what they come to, counted without the program's own code. */
export interface LoggedCall {
  readonly user: string
  readonly method: string
  readonly path: string
  readonly status: number
}

const METHODS = ['GET', 'GET', 'POST', 'DELETE']
const STATUSES = [200, 200, 201, 404, 429, 500]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The nth call: every seventh is the same as the one before it, as in real logs. */
function callNumber(number: number): LoggedCall {
  const n = number % 7 === 6 ? number - 1 : number
  return {
    user: `user-${n % 20}`,
    method: METHODS[n % METHODS.length] ?? '',
    path: `/api/v2/users/${n}/queues`,
    status: STATUSES[n % STATUSES.length] ?? 0,
  }
}

/** The line of a call, with its end; times go on a second every 50 calls. */
export function logLine(number: number): string {
  const { user, method, path, status } = callNumber(number)
  const n = number % 7 === 6 ? number - 1 : number
  const time = new Date(Date.UTC(2026, 9, 1) + Math.floor(n / 50) * 1000)
  const clock = time.toISOString().slice(11, 19)
  const day = `${String(time.getUTCDate()).padStart(2, '0')}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`
  return `10.0.3.17 - ${user} [${day}:${clock} +0000] "${method} ${path}?token=secret HTTP/1.1" ${status} 1534 "-" "curl/8.0"\n`
}

export function logLines(from: number, to: number): string {
  let text = ''
  for (let number = from; number < to; number++) text += logLine(number)
  return text
}

/** How often which user called with which method, and with which kind of answer: `user-3 GET 2xx` → 17. */
export type Counts = Readonly<Record<string, number>>

export function countsOf(from: number, to: number): Counts {
  const counts: Record<string, number> = {}
  for (let number = from; number < to; number++) {
    const { user, method, status } = callNumber(number)
    const key = `${user} ${method} ${Math.floor(status / 100)}xx`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
