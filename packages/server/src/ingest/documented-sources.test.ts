import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FORMAT_NAMES } from './line-format.ts'

const ROOT = new URL('../../../../', import.meta.url)
const PAGE = readFileSync(new URL('docs/sources.md', ROOT), 'utf8')

test('docs/sources.md names every format', () => {
  for (const name of [...FORMAT_NAMES, 'auto']) expect(PAGE).toContain(`\`${name}\``)
})

test.each(['nginx.conf', 'apache.conf', 'haproxy.cfg'])('what it says to paste is what %s in examples runs', (file) => {
  const example = linesOf(readFileSync(new URL(`examples/gateways/${file}`, ROOT), 'utf8'))
  const language = { 'nginx.conf': 'nginx', 'apache.conf': 'apache', 'haproxy.cfg': 'haproxy' }[file]
  const pasted = PAGE.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
  const logged = linesOf(pasted).filter((line) =>
    /log_format routemeter|^'|LogFormat|log-format|unique-id|capture/.test(line),
  )
  expect(logged.length).toBeGreaterThan(0)
  for (const line of logged) expect(example).toContain(line)
})

function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim())
}
