import { readFileSync } from 'node:fs'

/** The 2,206 route templates of a real platform's API: what the demo organization's calls are resolved with. */
export function platformTemplates(): readonly string[] {
  const text = readFileSync(new URL('./platform-templates.txt', import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(1))
}
