import { statSync } from 'node:fs'
import type { EventsReceipt } from '@routemeter/client'
import { CommandEnd, CommandProblem, EXIT } from '../exit-code.ts'
import { Delivery, type SendNdjson } from './delivery.ts'
import { followFile } from './follow-file.ts'
import type { IngestContext } from './ingest-context.ts'
import { STANDARD_INPUT } from './inputs.ts'
import { OpenedFile } from './opened-file.ts'
import { ProgressLine } from './progress-line.ts'
import { readFiles } from './read-files.ts'
import { readStream } from './read-stream.ts'
import { RejectedFile } from './rejected-file.ts'
import { type Summary, Totals } from './totals.ts'

/** Bodies on their way at once: enough that one is read while others are committed. */
const BODIES_AT_ONCE = 4
/** After ^C what is on its way may still arrive for so long. */
const FAREWELL_MS = 5_000

/** What a run is told beside what its parts need. */
export interface RunOptions
  extends Pick<IngestContext, 'format' | 'reading' | 'organizationId' | 'excludes' | 'state' | 'rejectedFolder'> {
  readonly inputs: readonly string[]
  readonly follow: boolean
  readonly idBase: string | undefined
  /** Rejected lines are counted only. */
  readonly keepsRejects: boolean
  /** Sends a body, or does as if. */
  readonly send: (ndjson: string, signal: AbortSignal, tell: (message: string) => void) => Promise<EventsReceipt>
}

export interface RunOutcome {
  readonly summary: Summary
  readonly totals: Totals
  readonly seconds: number
  /** Why it is not a success, when it is none. */
  readonly end: unknown
}

/** Reads the inputs and sends what is in them, until they end or somebody stops it. Only what is our own fault is thrown. */
export async function runIngest(options: RunOptions): Promise<RunOutcome> {
  const started = performance.now()
  using interruption = new Interruption(options.follow)
  const totals = new Totals()
  let bytes = 0
  const totalBytes = totalBytesOf(options)
  using progress = new ProgressLine(process.stderr, () => ({ read: totals.read, bytes, totalBytes }))
  const tell = (message: string) => progress.tell(message)
  const whenSettled: (() => void | Promise<void>)[] = []
  const failures: string[] = []
  const send: SendNdjson = (ndjson) => options.send(ndjson, interruption.abandon, tell)
  const context: IngestContext = {
    ...options,
    delivery: new Delivery(send, BODIES_AT_ONCE),
    totals,
    stop: interruption.stop,
    makeRejectedFile: (path, known) => (options.keepsRejects ? new RejectedFile(path, known) : { add: () => 0 }),
    tell,
    countBytes: (count) => {
      bytes += count
    },
    whenSettled: (action) => void whenSettled.push(action),
    fail: (message) => {
      failures.push(message)
      tell(`error: ${message}`)
    },
  }
  let end: unknown
  try {
    await readAll(context, options)
    await context.delivery.settled()
    if (!interruption.stop.aborted) for (const action of whenSettled) await action()
    if (failures.length > 0) end = new CommandEnd(EXIT.failed)
  } catch (error) {
    end = error
  }
  const summary = totals.summary(options.excludes !== undefined)
  return { summary, totals, seconds: (performance.now() - started) / 1000, end: interruption.end ?? end }
}

async function readAll(context: IngestContext, { inputs, follow, idBase }: RunOptions): Promise<void> {
  const files = inputs.filter((input) => input !== STANDARD_INPUT)
  if (follow) {
    await Promise.all([
      ...files.map(async (path) => {
        if (await isCompressed(path)) await readFiles(context, [path])
        else await followFile(context, path)
      }),
      ...(inputs.includes(STANDARD_INPUT) ? [readStream(context, process.stdin, idBase)] : []),
    ])
    return
  }
  for (const input of inputs) {
    if (input === STANDARD_INPUT) await readStream(context, process.stdin, idBase)
    else await readFiles(context, [input])
  }
}

/** Then it is finished, and does not grow. */
async function isCompressed(path: string): Promise<boolean> {
  const file = await OpenedFile.open(path).catch(() => undefined)
  if (file === undefined) return false
  await using opened = file
  return (await opened.wrapping()) !== 'plain'
}

function totalBytesOf({ inputs, follow }: RunOptions): number | undefined {
  if (follow || inputs.includes(STANDARD_INPUT) || inputs.some((path) => /\.(gz|zst)$/.test(path))) return undefined
  return inputs.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** ^C and SIGTERM: nothing more is read, what is on its way arrives, and a second one waits for nothing. */
class Interruption implements Disposable {
  readonly #stop = new AbortController()
  readonly #abandon = new AbortController()
  readonly #follow: boolean
  #timer: NodeJS.Timeout | undefined
  /** How the command ends then. */
  end: CommandEnd | undefined

  constructor(follow: boolean) {
    this.#follow = follow
    process.on('SIGINT', this.#onInterrupt)
    process.on('SIGTERM', this.#onTerminate)
  }

  get stop(): AbortSignal {
    return this.#stop.signal
  }

  get abandon(): AbortSignal {
    return this.#abandon.signal
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    process.off('SIGINT', this.#onInterrupt)
    process.off('SIGTERM', this.#onTerminate)
  }

  readonly #onInterrupt = () => this.#interrupt(EXIT.interrupted)
  /** Which is how a service that follows a file is ended. */
  readonly #onTerminate = () => this.#interrupt(this.#follow ? EXIT.done : EXIT.terminated)

  #interrupt(exitCode: CommandEnd['exitCode']): void {
    const abandon = () => this.#abandon.abort(new CommandProblem(EXIT.failed, 'interrupted'))
    if (this.#stop.signal.aborted) abandon()
    this.end ??= new CommandEnd(exitCode)
    this.#stop.abort()
    this.#timer = setTimeout(abandon, FAREWELL_MS)
  }
}
