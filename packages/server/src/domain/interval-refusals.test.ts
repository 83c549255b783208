import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInterval } from './interval.ts'
import { Refusal } from './refusal.ts'

const NOW = Date.parse('2026-11-23T09:40:30Z')

function refusalOf(text: unknown): Refusal {
  try {
    parseInterval(text, { timeZone: 'UTC', now: NOW })
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`${String(text)} was taken`)
}

describe('what is no interval', () => {
  test.each([
    ['', 'missing'],
    ['2020-02-01', 'no slash'],
    ['2020-02-01--2020-02-28', 'no slash'],
    ['/2020-02-28', 'start is missing'],
    ['2020-02-01/', 'end is missing'],
    ['/', 'start is missing'],
    ['2020/2021/2022', 'more than one slash'],
    ['R5/2020-02-01/P1D', 'more than one slash'],
    ['2020-02-30/2020-03-01', 'no day 30 in 2020-02'],
    ['2021-02-29/2021-03-01', 'no day 29 in 2021-02'],
    ['2020-02-01/2020-04-31', 'no day 31 in 2020-04'],
    ['2020-02-00/2020-04-30', 'no day 0 in 2020-02'],
    ['2020-13/2021', 'no month 13'],
    ['2020-00-10/2021', 'no month 0'],
    ['2020-02-01T25/2021', 'no hour 25'],
    ['2020-02-01T24:01/2021', 'a day ends with 24:00'],
    ['2020-02-01T24:00:00.001/2021', 'a day ends with 24:00'],
    ['2020-02-01T10:60/2021', 'no minute 60'],
    ['2020-02-01T10:00:61Z/2021', 'no second 61'],
    ['2020-02-01T10:00:60Z/2021', 'no leap second'],
    ['1969-12-31/2020', 'the year 1969 is not from 1970 to 9999'],
    ['2020/0000', 'the year 0000 is not from 1970 to 9999'],
    ['2020/10000', '"10000" is neither a date nor a time'],
    ['+002020-01-01/2021', 'neither a date nor a time'],
    ['2020-02-01T10:00+24:00/2021', 'no offset +24:00'],
    ['2020-02-01T10:00+05:60/2021', 'no offset +05:60'],
    ['2020-02-01T10:00+5/2021', '"T10:00+5" is not a time'],
    ['2020-02-01T10:00 01:00/2021', '"T10:00 01:00" is not a time'],
    ['2020-02-01T10:00[Europe/Berlin]', 'is not a time'],
    ['2020-02-01T/2021', '"T" is not a time'],
    ['2020-02-01T10:00,5/2021', 'is not a time'],
    ['2020-02-01T10:00:00./2021', 'is not a time'],
    ['2020-02-01T1000/2021', 'is not a time'],
    ['2020-02-01Z/2021', 'neither a date nor a time'],
    ['2020-02T10:00/2021', 'a time without a whole date'],
    ['T10/T11', 'neither a date nor a time'],
    ['2020-02-01/28', '"28" is neither a date nor a time'],
    ['2020-02-01T10:00/11:00', 'neither a date nor a time'],
    ['2020-02-01 10:00/2021', 'neither a date nor a time'],
    [' 2020/2021', 'neither a date nor a time'],
    ['2020/2021\n', 'neither a date nor a time'],
    ['20200201/20200228', 'neither a date nor a time'],
    ['2020-W05/2020-W06', 'neither a date nor a time'],
    ['2020-032/2020-060', 'neither a date nor a time'],
    ['２０２０/2021', 'neither a date nor a time'],
    ['today/now', 'neither a date nor a time'],
    ['2020-02-28/2020-02-01', 'the start is after the end'],
    ['2020-02-01T10:00:00.002Z/2020-02-01T10:00:00.001Z', 'the start is after the end'],
    ['2020-02-01T10:00:00.0000002Z/2020-02-01T10:00:00.0000001Z', 'the start is after the end'],
    ['2020-02-01T10:00Z/2020-02-01T10:00Z', 'nothing between'],
    ['2020-02-01T12:00+02:00/2020-02-01T10:00Z', 'nothing between'],
    ['2020-02-01T10:01:30Z/2020-02-01T10:01:30Z', 'nothing between'],
    ['2020-02-01T10:00:00.00004Z/2020-02-01T10:00:00.000040Z', 'nothing between'],
    ['P7D/P7D', 'only one side may be a duration'],
    ['2020-02-01/P0D', 'the duration is zero'],
    ['2020-02-01/PT0.000S', 'the duration is zero'],
    ['2020-02-01/-P7D', 'cannot be negative'],
    ['2020-02-01/P-7D', 'not one like P7D'],
    ['2020-02-01/+P7D', 'not one like P7D'],
    ['2020-02-01/P', 'not one like P7D'],
    ['2020-02-01/PT', 'not one like P7D'],
    ['2020-02-01/P1DT', 'not one like P7D'],
    ['2020-02-01/P7', 'not one like P7D'],
    ['2020-02-01/P1.5D', 'not one like P7D'],
    ['2020-02-01/PT.5S', 'not one like P7D'],
    ['2020-02-01/P1D1M', 'not one like P7D'],
    ['2020-02-01/P1H', 'not one like P7D'],
    ['2020-02-01/P7980Y', 'out of the years 1970 to 9999'],
    ['9999-12-31T23:59:59.0000001Z/PT1S', 'out of the years 1970 to 9999'],
    ['P51Y/2020-02-01', 'out of the years 1970 to 9999'],
    ['2020-02-01/P999999999999Y', 'out of the years 1970 to 9999'],
    ['2020-02-01/PT999999999999S', 'out of the years 1970 to 9999'],
    ['2020-02-01/PT9999999999999999999D', 'not one like P7D'],
    ['2020-02-01/P9999999999999999999D', 'out of the years 1970 to 9999'],
  ])('"%s": %s', (text, problem) => {
    const refusal = refusalOf(text)
    expect(refusal.code).toBe('invalid.date')
    expect(refusal.message).toContain(`[interval] is [${text}]`)
    expect(refusal.message).toContain(problem)
    expect(refusal.message).toContain('2020-02-01/2020-02-28')
  })

  test.each([
    [undefined, 'missing', '[]'],
    [null, 'missing', '[null]'],
    [2020, 'not a string', '[2020]'],
    [['2020/2021'], 'not a string', '[["2020/2021"]]'],
    [{ start: 2020 }, 'not a string', '[{"start":2020}]'],
  ])('%j: %s', (value, problem, shown) => {
    expect(refusalOf(value).code).toBe('invalid.date')
    expect(refusalOf(value).message).toContain(problem)
    expect(refusalOf(value).message).toContain(shown)
  })

  test('a date that the zone skipped has nothing in it', () => {
    expect(() => parseInterval('2011-12-30/2011-12-30', { timeZone: 'Pacific/Apia', now: NOW })).toThrow(
      'nothing between',
    )
  })

  test('the message stays short whatever came', () => {
    expect(refusalOf(`${'9'.repeat(100_000)}/2020`).message.length).toBeLessThan(400)
    expect(refusalOf(`2020-01-01T${'9'.repeat(100_000)}/2020`).message.length).toBeLessThan(400)
    expect(refusalOf(`2020/P${'9'.repeat(100_000)}D`).message.length).toBeLessThan(400)
  })

  test('any text is either read as an interval that has something in it or refused as invalid.date', () => {
    const side = fc.string({ unit: fc.constantFrom(...'0123456789-:TtZzPpYMWDHS.,+ '), maxLength: 30 })
    const piece = fc.constantFrom(
      '2020',
      '-02',
      '-30',
      '-01',
      'T10',
      ':15',
      ':59',
      '.5',
      'Z',
      '+02:00',
      'P',
      '7',
      'D',
      'M',
    )
    const pieces = fc.array(piece, { maxLength: 6 }).map((list) => list.join(''))
    const texts = fc.oneof(
      fc.string(),
      fc.tuple(fc.oneof(side, pieces), fc.oneof(side, pieces)).map((p) => p.join('/')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { start, end } = parseInterval(text, { timeZone: 'Europe/Berlin', now: NOW })
          expect(start).toBeLessThan(end)
        } catch (error) {
          expect(error).toMatchObject({ name: 'Refusal', code: 'invalid.date' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
