import { lineFormat } from '../packages/server/src/sources.ts'
import { atLeast, type Figure, median, thousands } from './figure.ts'
import type { Part } from './part.ts'

const LINES = 200_000
const LEAST = 300_000
const PLAIN = { map: {}, timeZone: 'UTC' }

/** Lines as each gateway writes them, all of different calls. */
const LOGS: Readonly<Record<string, (index: number) => string>> = {
  nginx: (index) =>
    `10.0.${index % 200}.17 - client-${index % 42} [01/Oct/2026:00:${clock(index)} +0000] "GET /api/v2/users/${index}/queues?pageSize=25 HTTP/1.1" ${index % 10 === 0 ? 429 : 200} ${1000 + (index % 500)} "-" "curl/8.0"`,
  'nginx-json': (index) =>
    `{"id":"950c8f8d132e25b5a1bbad5f75${index}","ts":"${(1790812802000 + index) / 1000}","client":"client-${index % 42}","user":"ann","m":"GET","uri":"/api/v2/users/${index}/queues?pageSize=25","st":"200","rt":"0.003","in":"310","out":"187"}`,
  haproxy: (index) =>
    `10.0.1.2:33317 [01/Oct/2026:00:${clock(index)}.${String(index % 1000).padStart(3, '0')}] api api/one 0/0/0/5/5 200 27 - - ---- 1/1/1/1/0 0/0 {client-${index % 42}|ann} "GET /api/v2/users/${index}/queues HTTP/1.1" id=7F000001:${index}`,
  caddy: (index) =>
    `{"level":"info","ts":${1790812802 + index / 1000},"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","proto":"HTTP/1.1","method":"GET","host":"localhost","uri":"/api/v2/users/${index}/queues","headers":{"X-Client-Id":["client-${index % 42}"]}},"user_id":"","duration":0.005,"size":27,"status":200,"resp_headers":{"Server":["Caddy"],"X-Request-Id":["r-${index}"]}}`,
}

export const logLines: Part = {
  name: 'logLines',
  title: 'Reading logs',
  method: `${LINES.toLocaleString('en-US')} lines of each format to events, in one thread, without sending them.`,
  async measure({ full }) {
    return { figures: Object.keys(LOGS).map((format) => figureOf(format, full ? 9 : 3)) }
  },
}

function figureOf(format: string, passes: number): Figure {
  const lines = Array.from({ length: LINES }, (_, index) => LOGS[format]?.(index) ?? '')
  const reader = lineFormat(format, PLAIN)
  // The first pass warms up.
  const speeds = Array.from({ length: passes + 1 }, () => linesASecond(lines, reader.read)).slice(1)
  const speed = median(speeds)
  const target = format === 'nginx' ? { target: atLeast(LEAST, speed, ' lines/s') } : {}
  return { name: format, value: `${thousands(speed)} lines/s`, against: '', ...target }
}

function linesASecond(lines: readonly string[], read: (line: string) => readonly unknown[]): number {
  const started = performance.now()
  let calls = 0
  for (const line of lines) calls += read(line).length
  if (calls !== lines.length) throw new Error(`${lines.length} lines came to ${calls} calls`)
  return lines.length / ((performance.now() - started) / 1000)
}

/** Minutes and seconds: ten lines a second. */
function clock(index: number): string {
  const second = Math.floor(index / 10)
  return [Math.floor(second / 60) % 60, second % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
