import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CommandProblem, EXIT } from '../exit-code.ts'
import type { HeadFingerprint, LineFingerprint } from './fingerprint.ts'
import type { Place } from './opened-file.ts'

/** A file that was seen, in `ID.json`. */
export interface KnownFile {
  /** Part of its events' ids. */
  readonly id: string
  /** Where it was seen last. */
  readonly path: string
  /** Where its content was found: in the file itself, in what became of it, in a copy. */
  readonly places: readonly (Place & { readonly isPlain: boolean })[]
  readonly head: HeadFingerprint
  /** Another file has its name now, and this one was read to its end. */
  readonly isLeft: boolean
}

/** How much of a file has been counted, or kept aside, for one target; in `ID.TARGET.json`. */
export interface Progress {
  /** Behind the last line, in the content. */
  readonly position: number
  /** How many lines that is. */
  readonly lines: number
  readonly lastLine: LineFingerprint | undefined
  /** Bytes of a line without an end that was counted when the input ended; it stands at the position. */
  readonly unfinished: number
  /** Bytes of FILE.rejected when this was written. */
  readonly rejectedBytes: number
  /** The compressed file whose content ends at the position: place and bytes on disk. */
  readonly wholeFile?: string
}

export const NO_PROGRESS: Progress = { position: 0, lines: 0, lastLine: undefined, unfinished: 0, rejectedBytes: 0 }

/** $XDG_STATE_HOME/routemeter/ingest, which is ~/.local/state/routemeter/ingest (XDG Base Directory Specification). */
export function defaultStateFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local/state'), 'routemeter/ingest')
}

/**
 * What is known of the files that were read, from run to run. It saves work, and keeps a file's identity where its
 * place changes; that an event counts once is the server's doing, by its id.
 */
export class StateFolder {
  readonly #folder: string | undefined
  readonly #target: string
  readonly #again: boolean
  readonly #files = new Map<string, KnownFile>()
  /** Ids whose progress is of this run. */
  readonly #saved = new Set<string>()
  /** By id, then by target. */
  readonly #progress = new Map<string, Map<string, Progress>>()

  /**
   * @param folder without one everything is forgotten with the process.
   * @param target names what decides what becomes of a line: server, client, format and its options.
   * @param again what was read for the target before is read again.
   * @throws CommandProblem when there can be no such folder.
   */
  constructor(folder: string | undefined, target: string, again: boolean) {
    this.#folder = folder
    this.#target = target
    this.#again = again
    if (folder === undefined) return
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      for (const name of readdirSync(folder)) this.#load(name, readFileSync(join(folder, name), 'utf8'))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new CommandProblem(EXIT.failed, `the state folder cannot be used: ${reason}\n(--state names another one)`)
    }
  }

  /** Newest last. */
  get files(): readonly KnownFile[] {
    return [...this.#files.values()]
  }

  progressOf(id: string): Progress {
    if (this.#again && !this.#saved.has(id)) return NO_PROGRESS
    return this.#progress.get(id)?.get(this.#target) ?? NO_PROGRESS
  }

  /** The most that was read of it, for whatever target. */
  furthestOf(id: string): Progress {
    const all = [...(this.#progress.get(id)?.values() ?? [])]
    return all.reduce((a, b) => (b.position > a.position ? b : a), NO_PROGRESS)
  }

  /** On disk when it returns: an id must not be used before it is. */
  saveFile(file: KnownFile): void {
    this.#files.set(file.id, file)
    this.#write(`${file.id}.json`, file, true)
  }

  saveProgress(id: string, progress: Progress): void {
    this.#remember(id, this.#target, progress)
    this.#saved.add(id)
    this.#write(`${id}.${this.#target}.json`, progress, false)
  }

  #remember(id: string, target: string, progress: Progress): void {
    const targets = this.#progress.get(id) ?? new Map<string, Progress>()
    this.#progress.set(id, targets.set(target, progress))
  }

  #load(name: string, text: string): void {
    const [, id, target] = /^([0-9a-f]+)(?:\.([0-9a-f]+))?\.json$/.exec(name) ?? []
    if (id === undefined) return
    const content = parsed(text)
    // What a crash of the machine left half written is as good as lost: reading again is harmless.
    if (content === undefined) return
    if (target === undefined) this.#files.set(id, content as KnownFile)
    else this.#remember(id, target, content as Progress)
  }

  #write(name: string, content: object, durable: boolean): void {
    if (this.#folder === undefined) return
    const path = join(this.#folder, name)
    const unfinished = `${path}.${process.pid}`
    const file = openSync(unfinished, 'w', 0o600)
    try {
      writeSync(file, JSON.stringify(content))
      if (durable) fsyncSync(file)
    } catch (error) {
      rmSync(unfinished, { force: true })
      throw error
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
