import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chartOf } from './chart.ts'

const options = { width: 40, isSum: true, show: (value: number | undefined) => String(value ?? '-') }

test('values over time are a line of steps to one scale, with the total behind it', () => {
  const series = [
    { label: 'a', values: [8, 4, undefined, 1] },
    { label: 'b', values: [2, 0, 2, 2] },
  ]
  expect(chartOf(series, options)).toBe('a         █▄ ▁  13\nb         ▂ ▂▂   6\n')
})

test('more values than there is room for share places, added up or by the greatest', () => {
  const values = Array.from({ length: 240 }, (_, index) => (index === 100 ? 9 : 1))
  expect(chartOf([{ label: 'busy', values }], options).trimEnd().length).toBeLessThanOrEqual(40)
  expect(chartOf([{ label: 'busy', values }], { ...options, isSum: false })).toMatch(/ 9\n$/)
})

test('totals are bars', () => {
  const series = [
    { label: 'first', values: [24] },
    { label: 'second', values: [12] },
    { label: 'none', values: [0] },
  ]
  const [first = '', second = '', none = ''] = chartOf(series, options).split('\n')
  const blocks = (line: string) => line.match(/█/g)?.length ?? 0
  expect([blocks(first), blocks(second), blocks(none)]).toEqual([26, 13, 0])
  expect([first.length, first.slice(-2)]).toEqual([40, '24'])
})

test('is never wider than the terminal, has a line a series, and cannot steer the terminal', () => {
  const anySeries = fc.record({
    label: fc.string({ maxLength: 200 }),
    values: fc.array(fc.option(fc.nat(1_000_000), { nil: undefined }), { minLength: 1, maxLength: 400 }),
  })
  fc.assert(
    fc.property(
      fc.array(anySeries, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 40, max: 200 }),
      (series, width) => {
        const lines = chartOf(series, { ...options, width, show: (value) => String(value ?? '-') }).split('\n')
        expect(lines).toHaveLength(series.length + 1)
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
      },
    ),
  )
  expect(chartOf([{ label: '\u001b[2Jevil', values: [1] }], options)).not.toContain('\u001b')
})
