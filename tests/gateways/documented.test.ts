import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** The first block of code in a chapter of docs/sources.md. */
function blockOf(chapter: string): string {
  const text = read('docs/sources.md').split(`\n## ${chapter}\n`)[1] ?? ''
  return /```\w+\n(.*?)\n```/s.exec(text)?.[1] ?? ''
}

test.each([
  ['nginx', 'nginx.conf'],
  ['Apache', 'apache.conf'],
  ['HAProxy', 'haproxy.cfg'],
  ['Caddy', 'Caddyfile'],
])(
  'what docs/sources.md tells people to paste for %s are lines of %s, with which the real one is tested',
  (chapter, example) => {
    const tested = new Set(linesOf(read(`examples/gateways/${example}`)))
    const documented = linesOf(blockOf(chapter))
    expect(documented.length).toBeGreaterThan(3)
    expect(documented.filter((line) => !tested.has(line))).toEqual([])
  },
)
