import { expect, test } from 'vitest'
import { type EventColumns, emptyColumns } from '../../domain/event-batch.ts'
import { slotOf } from '../../domain/histogram.ts'
import { CallRows, mostRowsOf } from './call-rows.ts'

const NO_IDS = new Int32Array(5)

function columnsOf(calls: readonly { status: number; duration?: number; bytes?: number }[]): EventColumns {
  const columns = emptyColumns(calls.length)
  for (const [index, { status, duration, bytes }] of calls.entries()) {
    columns.status[index] = status
    columns.durationMicros[index] = duration ?? Number.NaN
    columns.requestBytes[index] = bytes ?? Number.NaN
    columns.responseBytes[index] = Number.NaN
  }
  return columns
}

function rowsOf(calls: Parameters<typeof columnsOf>[0]): readonly (readonly (number | undefined)[])[] {
  const columns = columnsOf(calls)
  const rows = new CallRows(calls.length)
  for (const event of calls.keys()) rows.add(1, 2, NO_IDS, columns, event)
  return valuesOf(rows)
}

function valuesOf(rows: CallRows): readonly (readonly (number | undefined)[])[] {
  const all = [...rows.outcomeColumns, rows.requests, ...rows.sumColumns]
  return Array.from({ length: rows.count }, (_, row) => all.map((column) => column[row]))
}

test('calls of one outcome and slot are one row, and what no call tells is -1', () => {
  const long = slotOf(1_000)
  expect(
    rowsOf([
      { status: 200, duration: 1_000, bytes: 5 },
      { status: 204, duration: 1_001 },
      { status: 404 },
      { status: 429 },
      { status: 429, bytes: 0 },
      { status: 404, duration: 1_000 },
      { status: 101 },
    ]),
  ).toEqual([
    [200, long, 2, 5, -1, 2_001, 1_001],
    [400, -1, 1, -1, -1, -1, -1],
    [429, -1, 2, 0, -1, -1, -1],
    [400, long, 1, -1, -1, 1_000, 1_000],
    [100, -1, 1, -1, -1, -1, -1],
  ])
})

test('calls that come added up are a row for each duration, and join the rows of single calls', () => {
  const columns = columnsOf([{ status: 204, bytes: 50 }, { status: 200, duration: 1_000, bytes: 1 }, { status: 200 }])
  const weight = {
    calls: 10,
    durations: [
      { micros: 1_000, calls: 4 },
      { micros: 5_000, calls: 3 },
    ],
  }
  const weights = new Map([[0, weight]])
  const rows = new CallRows(mostRowsOf({ count: 3, weights }))
  rows.addWeighted(1, 2, NO_IDS, columns, 0, weight)
  rows.add(1, 2, NO_IDS, columns, 1)
  rows.add(1, 2, NO_IDS, columns, 2)
  expect(valuesOf(rows)).toEqual([
    [200, slotOf(1_000), 5, 51, -1, 5_000, 1_000],
    [200, slotOf(5_000), 3, -1, -1, 15_000, 5_000],
    [200, -1, 4, -1, -1, -1, -1],
  ])
})

test('a sum that a double would not have exactly goes on in a further row', () => {
  const most = Number.MAX_SAFE_INTEGER
  const bytes = [most - 1, 1, 1, most, 7, 3].map((each) => ({ status: 200, bytes: each }))
  expect(rowsOf(bytes).map((row) => [row[2], row[3]])).toEqual([
    [2, most],
    [1, 1],
    [1, most],
    [2, 10],
  ])
})
