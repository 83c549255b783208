import { describe, expect, test } from 'vitest'
import { EventReject } from '../domain/event-reject.ts'
import { FORMAT_NAMES, lineFormat, recognizeFormat } from './line-format.ts'
import { goldenLines } from './sources/golden-lines.ts'

const GOLDEN = goldenLines()

test('every format has golden lines', () => {
  expect(new Set(GOLDEN.map(({ format }) => format))).toEqual(new Set(FORMAT_NAMES))
})

describe('what a line of a log comes to', () => {
  test.each(GOLDEN)('$format: $line', ({ format, line, options, expected }) => {
    const calls = lineFormat(format, options).read(line)
    const told = calls.map((call) =>
      call instanceof EventReject
        ? { code: call.code, message: call.message }
        : { event: JSON.parse(JSON.stringify(call)) },
    )
    expect(told).toEqual(
      expected.map((one) => ('code' in one ? { ...one, message: expect.stringContaining(one.message) } : one)),
    )
  })
})

describe('the format of a log', () => {
  const named = GOLDEN.filter(({ options, expected }) => {
    const isPlain = Object.keys(options.map).length === 0 && options.regex === undefined
    return isPlain && expected.every((one) => 'event' in one)
  })

  test.each(named)('$format is recognized by $line', ({ format, line }) => {
    const taken = recognizeFormat([line, ''])
    // Apache's combined lines are nginx's too, but for a virtual host; other JSON may have any names.
    const alike: Readonly<Record<string, readonly (string | undefined)[]>> = {
      apache: ['apache', 'nginx'],
      json: ['json', 'native'],
      'apache-json': ['apache-json', 'json', undefined],
      'nginx-json': ['nginx-json', undefined],
      native: ['native', 'json'],
    }
    expect(alike[format] ?? [format]).toContain(taken)
  })

  test('is the one that most of the first lines are in', () => {
    const nginx = '10.0.3.17 - - [01/Oct/2026:00:00:02 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"'
    const envoy = '[2026-10-01T00:00:02.000Z] "GET /a HTTP/2" 200 - 0 1 2 3 "-" "-" "r" "h" "-"'
    expect(recognizeFormat([envoy, nginx, nginx])).toBe('nginx')
    expect(recognizeFormat(['cut by rotation" 200 1', nginx])).toBe('nginx')
    expect(recognizeFormat(['nonsense', '{}', '{"a":1}', '[]', ''])).toBeUndefined()
    expect(recognizeFormat([])).toBeUndefined()
  })
})
