import { stat } from 'node:fs/promises'
import type { LineFormat } from '@routemeter/server/sources'
import { Changes } from './changes.ts'
import { FileTrack } from './file-track.ts'
import type { IngestContext } from './ingest-context.ts'
import { isSamePlace, OpenedFile, type Place } from './opened-file.ts'
import { tellLost } from './read-files.ts'
import { predecessorsOf, recognized } from './recognition.ts'

/** A writer that has not heard of the rotation yet goes on in the old file; after so long without a line it has. */
const LATE_MS = 10_000
const NEWLINE = 10

/** Reads a file as it grows, through rotations, until it is stopped. */
export async function followFile(context: IngestContext, path: string): Promise<void> {
  await using following = new Following(context, path)
  using changes = new Changes(path)
  while (!context.stop.aborted) {
    await following.look()
    await changes.next(context.stop)
  }
}

class Following implements AsyncDisposable {
  readonly #context: IngestContext
  readonly #path: string
  #current: FileTrack | undefined
  /** What had the name before, by id, and since when there came nothing. */
  readonly #late = new Map<string, { readonly track: FileTrack; quietSince: number }>()
  #format: LineFormat | undefined

  constructor(context: IngestContext, path: string) {
    this.#context = context
    this.#path = path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]()
    for (const { track } of this.#late.values()) await track[Symbol.asyncDispose]()
  }

  /** Reads everything that has come since the last look. */
  async look(): Promise<void> {
    const { stop } = this.#context
    if (this.#current !== undefined && !(await this.#current.goesOn())) await this.#leaveEmptied(this.#current)
    await this.#current?.readOn()
    if (this.#current !== undefined && (await this.#isReplaced(this.#current))) this.#leaveRenamed(this.#current)
    if (this.#current === undefined && !stop.aborted) await this.#open()
    for (const [id, late] of this.#late) {
      if (!stop.aborted) await this.#lookAtLate(id, late)
    }
  }

  /** Opens what has the name now, once it has a line, and what had it before. */
  async #open(): Promise<void> {
    const { state } = this.#context
    const file = await OpenedFile.open(this.#path).catch(() => undefined)
    const hasLine = file !== undefined && (await file.head()).includes(NEWLINE)
    const known = hasLine ? await recognized(state, file) : undefined
    await this.#openPredecessors(known?.id)
    if (known === undefined) return file?.[Symbol.asyncDispose]()
    this.#current = await this.#track(known, file)
    await this.#current.readOn()
  }

  async #openPredecessors(current: string | undefined): Promise<void> {
    const { state } = this.#context
    for (const { known, file } of await predecessorsOf(state, this.#path, current)) {
      if (this.#late.has(known.id)) {
        await file?.[Symbol.asyncDispose]()
      } else if (file === undefined) {
        tellLost(this.#context, this.#path, known.id)
        state.saveFile({ ...known, isLeft: true })
      } else {
        this.#late.set(known.id, { track: await this.#track(known, file), quietSince: performance.now() })
      }
    }
  }

  async #track(...[known, file]: [FileTrack['known'], OpenedFile | undefined]): Promise<FileTrack> {
    if (file === undefined) throw new Error('a file that was recognized is open')
    const track = await FileTrack.open(this.#context, known, file, this.#path, this.#format)
    this.#format = track.format
    return track
  }

  async #isReplaced({ file }: FileTrack): Promise<boolean> {
    const place = await placeAt(this.#path)
    return place !== undefined && !isSamePlace(place, file.place)
  }

  #leaveRenamed(track: FileTrack): void {
    this.#late.set(track.known.id, { track, quietSince: performance.now() })
    this.#current = undefined
  }

  /** What was written between the last look and the copying is in the copy only: it is found as a predecessor. */
  async #leaveEmptied(track: FileTrack): Promise<void> {
    await this.#context.delivery.settled()
    await track[Symbol.asyncDispose]()
    this.#current = undefined
  }

  async #lookAtLate(id: string, late: { readonly track: FileTrack; quietSince: number }): Promise<void> {
    const { track } = late
    if ((await track.file.wrapping()) === 'plain') {
      if (await track.readOn()) late.quietSince = performance.now()
      if (performance.now() - late.quietSince < LATE_MS) return
    }
    await track.readToEnd()
    if (this.#context.stop.aborted) return
    await this.#context.delivery.settled()
    this.#context.state.saveFile({ ...track.known, path: track.file.path, isLeft: true })
    await track[Symbol.asyncDispose]()
    this.#late.delete(id)
  }
}

async function placeAt(path: string): Promise<Place | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found === undefined ? undefined : { device: String(found.dev), inode: String(found.ino) }
}
