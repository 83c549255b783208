import { FileTrack } from './file-track.ts'
import type { IngestContext } from './ingest-context.ts'
import { OpenedFile } from './opened-file.ts'
import { predecessorsOf, recognized } from './recognition.ts'

/** Reads files to their ends, one after another, each from where it was left. */
export async function readFiles(context: IngestContext, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (context.stop.aborted) return
    let file: OpenedFile
    try {
      file = await OpenedFile.open(path)
    } catch (error) {
      context.fail(error instanceof Error ? error.message : String(error))
      continue
    }
    await readFile(context, path, file)
  }
}

async function readFile(context: IngestContext, path: string, opened: OpenedFile): Promise<void> {
  await using file = opened
  const { state } = context
  const isEmpty = (await file.head()).length === 0
  const known = isEmpty ? undefined : await recognized(state, file)
  await readPredecessors(context, path, known?.id)
  if (known === undefined) return
  const track = await FileTrack.open(context, known, file, path)
  await track.readToEnd()
}

/** What a rotation has put aside before all of it was read. */
async function readPredecessors(context: IngestContext, path: string, current: string | undefined): Promise<void> {
  const { state } = context
  for (const { known, file } of await predecessorsOf(state, path, current)) {
    if (file === undefined) {
      tellLost(context, path, known.id)
      state.saveFile({ ...known, isLeft: true })
      continue
    }
    await using track = await FileTrack.open(context, known, file, path)
    await track.readToEnd()
    if (!context.stop.aborted) {
      context.whenSettled(() => state.saveFile({ ...known, path: file.path, isLeft: true }))
    }
  }
}

/** What was the file before has gone: nobody knows whether all of it was read. */
export function tellLost({ state, tell }: IngestContext, path: string, id: string): void {
  const { lines } = state.progressOf(id)
  tell(
    `${path}: the file that had this name before is gone; ${lines.toLocaleString('en')} lines of it were read (if it was moved, name it too)`,
  )
}
