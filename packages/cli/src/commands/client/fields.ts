import { harmless } from '../../output/harmless.ts'

const LABEL_WIDTH = 18

/** Writes one object: a line a field with something in it, or as JSON. */
export function writeFields(fields: object, { json = false }: { readonly json?: boolean }): void {
  process.stdout.write(json ? `${JSON.stringify(fields)}\n` : linesOf(fields))
}

function linesOf(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]): [string, string] => [name, textOf(value)])
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name.padEnd(LABEL_WIDTH)}${harmless(text).replaceAll('\n', ' ')}\n`)
    .join('')
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
