import { type FileHandle, open, readFile } from 'node:fs/promises'

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
  async append(lines: readonly string[]): Promise<void> {
    const text = Buffer.from(`${lines.join('\n')}\n`)
    await this.#file.appendFile(text)
    this.events += lines.length
    this.bytes += text.length
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
export async function readSegment(path: string): Promise<{ lines: readonly string[]; torn: number }> {
  try {
    const parts = (await readFile(path, 'utf8')).split('\n')
    const rest = parts.pop()
    const lines = parts.filter((line) => WHOLE_LINE.test(line))
    return { lines, torn: parts.length - lines.length + (rest === '' ? 0 : 1) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], torn: 0 }
    throw error
  }
}
