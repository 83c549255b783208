import { type FileHandle, open, readFile } from 'node:fs/promises'
import { type Lines, NO_LINES } from '../lines.ts'

/** A file of events that is complete: nobody writes to it any more. */
export interface Segment {
  readonly path: string
  readonly bytes: number
}

/** The file that a process is writing, and nobody else. */
export class OpenSegment {
  readonly path: string
  events = 0
  bytes = 0
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  static async create(path: string): Promise<OpenSegment> {
    return new OpenSegment(path, await open(path, 'ax', 0o600))
  }

  /** One write for all of them: a process that is killed has written it or a part of it, never a mixture. */
  async append({ body, events }: Lines): Promise<void> {
    await this.#file.appendFile(body)
    this.events += events
    this.bytes += body.length
  }

  async finish(fsync: boolean): Promise<Segment> {
    try {
      if (fsync) await this.#file.datasync()
    } finally {
      await this.#file.close()
    }
    return { path: this.path, bytes: this.bytes }
  }
}

/** A whole event has its line end; what a crash left is a part of a line, or the zeros of a block never written. */
const WHOLE_LINE = /^\{"id":.*\}$/

/** The events of a file, and how many were torn by a crash; none when another process took it for an orphan's. */
export async function readSegment(path: string): Promise<{ lines: Lines; torn: number }> {
  try {
    const parts = (await readFile(path, 'utf8')).split('\n')
    const rest = parts.pop()
    const whole = parts.filter((line) => WHOLE_LINE.test(line))
    const body = Buffer.from(whole.map((line) => `${line}\n`).join(''))
    const torn = parts.length - whole.length + (rest === '' ? 0 : 1)
    return { lines: { body, events: whole.length }, torn }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: NO_LINES, torn: 0 }
    throw error
  }
}
