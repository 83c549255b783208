import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  endOwner,
  HEARTBEAT_MS,
  isAlive,
  isLock,
  lockName,
  newOwner,
  type Owner,
  ownerOf,
  segmentName,
} from './owner.ts'
import type { Segment } from './segment.ts'

/** A spool's folder as one owner sees it: its own files, and those of owners that are gone. */
export class SpoolFolder {
  /** Bytes in the files of others, as of the last look. */
  othersBytes = 0
  readonly #directory: string
  readonly #owner: Owner = newOwner()
  #made = 0
  #heartbeat: NodeJS.Timeout | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes the folder and this owner's lock, without which others would take its files. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    await writeFile(this.#lock(), '', { mode: 0o600 })
  }

  /** Calls `beat` every 20 s, after touching the lock. */
  keepAlive(beat: () => void): void {
    this.#heartbeat = setInterval(() => {
      const now = new Date()
      // A lock that somebody removed is made anew.
      utimes(this.#lock(), now, now)
        .catch(() => writeFile(this.#lock(), '', { mode: 0o600 }))
        .then(beat, () => {})
    }, HEARTBEAT_MS).unref()
  }

  newPath(): string {
    this.#made++
    return join(this.#directory, segmentName(this.#owner, this.#made))
  }

  /** Takes the files of owners that are gone: renaming one is atomic, so that two takers never both have it. */
  async adopt(): Promise<readonly Segment[]> {
    const living = new Map<string, boolean>()
    const adopted: Segment[] = []
    let others = 0
    // A lock comes after its owner's segments: it goes when they are taken.
    for (const file of (await readdir(this.#directory)).sort()) {
      const owner = ownerOf(file)
      if (owner === undefined || owner.name === this.#owner.name) continue
      const isLiving = living.get(owner.name) ?? (await isAlive(this.#directory, owner, this.#owner))
      living.set(owner.name, isLiving)
      const bytes = await sizeOf(join(this.#directory, file))
      if (isLiving) others += bytes
      else if (isLock(file)) await rm(join(this.#directory, file), { force: true })
      else adopted.push(...(await this.#take(file, bytes)))
    }
    this.othersBytes = others
    return adopted
  }

  /** Whatever files are left belong to nobody then, and go to the next start. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    endOwner(this.#owner)
    await rm(this.#lock(), { force: true })
  }

  async #take(file: string, bytes: number): Promise<readonly Segment[]> {
    const path = this.newPath()
    try {
      await rename(join(this.#directory, file), path)
      return [{ path, bytes }]
    } catch {
      // Another taker was quicker.
      return []
    }
  }

  #lock(): string {
    return join(this.#directory, lockName(this.#owner))
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}
