import { readdirSync, readFileSync } from 'node:fs'
import { parseFieldMap } from './field-map.ts'
import type { FormatOptions } from './format.ts'

const FOLDER = new URL('golden/', import.meta.url)

/** What a line comes to: an event's fields, or the code of a reject and a part of its message. */
type Expected = { readonly event: unknown } | { readonly code: string; readonly message: string }

export interface GoldenLine {
  readonly format: string
  readonly line: string
  readonly options: FormatOptions
  readonly expected: readonly Expected[]
}

/** For tests: golden/*.txt, written by hand from what gateways write and what is decided about it. */
export function goldenLines(): readonly GoldenLine[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const format = file.replace('.txt', '')
    return linesOf(format, readFileSync(new URL(file, FOLDER), 'utf8').split('\n'))
  })
}

function linesOf(format: string, lines: readonly string[]): readonly GoldenLine[] {
  const golden: (GoldenLine & { readonly expected: Expected[] })[] = []
  let options = optionsOf('')
  for (const text of lines) {
    const rest = text.slice(2)
    if (text.startsWith('? ')) options = optionsOf(rest)
    else if (text.startsWith('> ')) golden.push({ format, line: rest, options, expected: [] })
    else if (text.startsWith('= ')) golden.at(-1)?.expected.push({ event: JSON.parse(rest) })
    else if (text.startsWith('! ')) golden.at(-1)?.expected.push(rejectOf(rest))
    else if (text !== '' && !text.startsWith('#')) throw new Error(`golden/${format}.txt has a line ${text}`)
  }
  return golden
}

function rejectOf(text: string): Expected {
  const space = text.indexOf(' ')
  return { code: text.slice(0, space), message: text.slice(space + 1) }
}

function optionsOf(text: string): FormatOptions {
  const given = text.split(' ').filter((option) => option !== '')
  const valuesOf = (name: string) =>
    given.filter((option) => option.startsWith(`${name}=`)).map((option) => option.slice(name.length + 1))
  return {
    map: parseFieldMap(valuesOf('map')),
    timeZone: valuesOf('timeZone')[0] ?? 'UTC',
    regex: valuesOf('regex')[0],
  }
}
