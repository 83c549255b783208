import { randomUUID } from 'node:crypto'
import { unwrapped, WRAPPING_BYTES, wrappingOf } from './content.ts'
import {
  BYTES_TO_RECOGNIZE,
  builderFor,
  countOutcome,
  formatOf,
  type IngestContext,
  rejectedPath,
} from './ingest-context.ts'
import { NO_PROGRESS } from './state-folder.ts'
import { Track } from './track.ts'

/** A pipe that stays silent for so long gets what it brought sent on. */
const IDLE_MS = 500
const NAME = 'standard input'
const NEWLINE = 10

/**
 * Reads standard input to its end.
 * @param idBase what its events' ids are made of, with the lines' positions: the same for the same bytes makes a replay
 * harmless. Without it every run is new.
 */
export async function readStream(
  context: IngestContext,
  input: AsyncIterable<Buffer>,
  idBase: string | undefined,
): Promise<void> {
  const chunks = unwrapped(...(await withWrapping(input)))[Symbol.asyncIterator]()
  const first = await untilRecognizable(chunks)
  if (first.length === 0) return
  const track = trackOf(context, first, idBase ?? randomUUID())
  context.countBytes(first.length)
  await track.push(first)
  for (;;) {
    const result = await nextOf(chunks, () => track.flush(), context.stop)
    if (result === undefined) return
    if (result.done) return track.end()
    context.countBytes(result.value.length)
    await track.push(result.value)
  }
}

/** The next chunk; undefined when the signal aborts before it comes. */
async function nextOf(
  chunks: AsyncIterator<Buffer>,
  onIdle: () => Promise<void>,
  stop: AbortSignal,
): Promise<IteratorResult<Buffer> | undefined> {
  if (stop.aborted) return undefined
  const { promise: stopped, resolve } = Promise.withResolvers<undefined>()
  const onStop = () => resolve(undefined)
  stop.addEventListener('abort', onStop, { once: true })
  let idling: Promise<void> | undefined
  const timer = setTimeout(() => {
    idling = onIdle()
    idling.catch(() => {})
  }, IDLE_MS)
  try {
    return await Promise.race([chunks.next(), stopped])
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', onStop)
    await idling
  }
}

function trackOf(context: IngestContext, start: Buffer, identity: string): Track {
  const format = formatOf(context, NAME, start.subarray(0, BYTES_TO_RECOGNIZE))
  return new Track(NO_PROGRESS, {
    builder: builderFor(context, format, identity, NO_PROGRESS),
    delivery: context.delivery,
    rejected: context.makeRejectedFile(rejectedPath(context, 'stdin'), 0),
    onOutcome: countOutcome(context),
    save: () => {},
  })
}

/** As many first chunks as are needed to see what is in them. */
async function withWrapping(input: AsyncIterable<Buffer>) {
  const iterator = input[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  while (start.length < WRAPPING_BYTES) {
    const { value, done } = await iterator.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  async function* all(): AsyncIterable<Buffer> {
    if (start.length > 0) yield start
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return [all(), wrappingOf(start)] as const
}

async function untilRecognizable(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length < BYTES_TO_RECOGNIZE && !start.includes(NEWLINE)) {
    const { value, done } = await chunks.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  return start
}
