import { expect, test } from 'vitest'
import { progressText } from './progress-line.ts'
import { summaryText } from './report.ts'

test('progress says how much, how fast, how far and how long', () => {
  const samples = [
    { at: 0, read: 0, bytes: 0 },
    { at: 2_000, read: 400_000, bytes: 50_000_000 },
  ]
  const state = { read: 400_000, bytes: 50_000_000, totalBytes: 1_250_000_000 }
  expect(progressText(state, samples)).toBe('400,000 calls, 200,000/s, 4 % of 1.3 GB, 48 s left')
  expect(progressText({ ...state, totalBytes: undefined }, samples)).toBe('400,000 calls, 200,000/s')
  expect(progressText({ ...state, bytes: 0, read: 0 }, [])).toBe('0 calls, 0 % of 1.3 GB')
})

test('the summary names every reason with an example, and shows nothing that moves the cursor', () => {
  const summary = {
    read: 1_234_567,
    accepted: 1_234_000,
    duplicates: 500,
    rejected: 67,
    reasons: { 'bad.request': 60, 'invalid.date (time)': 7 },
    unmatched: 3,
  }
  const examples = new Map([['bad.request', 'The line is \u001b[2Jno line']])
  expect(summaryText(summary, examples, 10).split('\n')).toEqual([
    '     1,234,567  calls read in 10 s, 123,457/s',
    '     1,234,000  accepted',
    '           500  duplicates, counted before',
    '            67  rejected',
    '            60    bad.request: The line is no line',
    '             7    invalid.date (time): ',
    '             3  with a path that fits no known route template',
  ])
})
