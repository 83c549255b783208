import type { RunOptions } from './run-ingest.ts'

const SHOWN_EVENTS = 5

/** Does as if a server took everything, and shows the first events as they would be sent. */
export function dryRunSender(): RunOptions['send'] {
  let shown = 0
  return async (ndjson) => {
    const events = ndjson.split(/(?<=\n)/)
    const first = events.slice(0, SHOWN_EVENTS - shown)
    shown += first.length
    process.stdout.write(first.join(''))
    return { accepted: events.length, duplicates: 0, rejected: 0, errors: [] }
  }
}
