import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatOf } from './rows.ts'
import { type Column, renderTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { heading: 'date', kind: 'label' },
  { heading: 'name', kind: 'text' },
  { heading: 'path', kind: 'text' },
  { heading: 'requests', kind: 'number' },
]
const WIDE = ['日', '本', '한', '🙂', '（']
const TEXT = fc.array(fc.constantFrom('a', 'é', '-', ' ', ...WIDE), { maxLength: 80 }).map((parts) => parts.join(''))
/** Columns on a terminal, for texts made of the above. */
const stringWidth = (line: string) => [...line].reduce((sum, character) => sum + (WIDE.includes(character) ? 2 : 1), 0)
const linesOf = (table: string) => table.split('\n')

describe('a table', () => {
  test('is never wider than the terminal, whatever is in it, and has a line for each row', () => {
    const row = fc.tuple(fc.constant('2020-02-02'), TEXT, fc.string({ maxLength: 200 }), fc.nat().map(String))
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.integer({ min: 46, max: 200 }), (rows, width) => {
        const lines = linesOf(renderTable(COLUMNS, rows, width))
        expect(lines).toHaveLength(rows.length + 2)
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width)
      }),
      { numRuns: 50 },
    )
  })

  test('shortens the widest texts first, in the middle, and never a number or a label', () => {
    const table = renderTable(COLUMNS, [['2020-02-02', 'short', `api/${'x'.repeat(90)}/end`, '1,234,567']], 60)
    expect(linesOf(table)[1]).toBe(`2020-02-02  short  api/${'x'.repeat(11)}…${'x'.repeat(10)}/end  1,234,567`)
  })

  test('shortens an id before a text, as long as it is recognized', () => {
    const columns: readonly Column[] = [
      { heading: 'name', kind: 'text' },
      { heading: 'id', kind: 'id' },
    ]
    const row = ['Reporting dashboard', '739d79d6-d3c1-4c7e-9d5f-c35ef2f83412']
    expect(linesOf(renderTable(columns, [row], 40))[1]).toBe('Reporting dashboard  739d79d6-…ef2f83412')
    expect(linesOf(renderTable(columns, [row], 30))[1]).toBe('Reporti…shboard  739d79…f83412')
  })

  test('leaves wide characters room', () => {
    const table = renderTable(COLUMNS, [['2020-02-02', '日本語'.repeat(10), 'x', '1']], 60)
    expect(stringWidth(linesOf(table)[1] ?? '')).toBeLessThanOrEqual(60)
  })

  test('that cannot fit is written one field a line', () => {
    const rows = [
      ['2020-02-02', 'short', 'x'.repeat(99), '1'],
      ['2020-02-03', 'b', 'c', '2'],
    ]
    expect(linesOf(renderTable(COLUMNS, rows, 30))).toEqual([
      'date      2020-02-02',
      'name      short',
      'path      xxxxxxxxxx…xxxxxxxxx',
      'requests  1',
      '',
      'date      2020-02-03',
      'name      b',
      'path      c',
      'requests  2',
      '',
    ])
  })
})

test('rows are a table on a terminal and NDJSON in a pipe, unless a flag says otherwise', () => {
  expect(formatOf({}, true)).toBe('table')
  expect(formatOf({}, false)).toBe('ndjson')
  expect(formatOf({ json: true }, true)).toBe('ndjson')
  expect(formatOf({ table: true }, false)).toBe('table')
})
