import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { atMost, type Figure } from './figure.ts'
import { mib } from './memory.ts'
import { messageFrom } from './message-from.ts'
import type { Part } from './part.ts'
import { IDS_A_BODY, type RememberIds, type Started, type TakenIn } from './remembered-ids-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The default of dedupeMemoryMb, and what design.md §9 allows beside it. */
const MOST_MIB = 512 + 300
const MOST_BYTES_OF_ID = 17
const MOST_START_MS = 2_000
const MIB = 2 ** 20
const DAY_MS = 86_400_000

export const rememberedIds: Part = {
  name: 'ids',
  title: 'Remembered ids',
  method:
    'Memory of a process that takes in events with new ids over 35 days and does nothing else, with the default dedupeMemoryMb of 512; all of it counts, the reader thread and DuckDB too. Then another process opens the file and takes in bodies of new ids, and bodies that came 35 days ago, whose ids must all be known.',
  async measure({ full }) {
    const figures: Figure[] = []
    for (const ids of full ? [10e6, 100e6] : [1e6]) figures.push(...(await measureIds(ids)))
    return { figures }
  },
}

async function measureIds(ids: number): Promise<readonly Figure[]> {
  using folder = temporaryFolder()
  const request = { folder: folder.path, ids, first: Math.floor(Date.now() / DAY_MS) * DAY_MS }
  const taken = await ask<TakenIn>({ ...request, task: 'take in' })
  const name = `${ids / 1e6} million ids`
  // What the store broke on is on the standard error; that it did is a figure too.
  if (taken === undefined) return [failed(`memory with ${name}`)]
  const disk = diskFigure(folder.path, name, ids)
  const started = await ask<Started>({ ...request, task: 'start' })
  const figures = [memoryFigure(taken, name, ids), disk]
  return started === undefined
    ? [...figures, failed(`start with ${name}`)]
    : [...figures, ...startFigures(started, name)]
}

/** Of a process of its own; undefined when it failed. */
async function ask<Answer>(request: RememberIds): Promise<Answer | undefined> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'remembered-ids-process.ts'))
  const exited = once(child, 'exit')
  child.send(request)
  const answer = await messageFrom<Answer>(child).catch(() => undefined)
  if (child.connected) child.disconnect()
  await exited
  return answer
}

function failed(name: string): Figure {
  return { name, value: 'the store failed before', against: '', target: { text: 'that it goes on', isMet: false } }
}

function memoryFigure({ before, now, peak, seconds }: TakenIn, name: string, ids: number): Figure {
  return {
    name: `memory with ${name}`,
    value: `${mib(now)}, at most ${mib(peak)} on the way`,
    against: `after the start: ${mib(before)}`,
    ratio: now / before,
    target: atMost(MOST_MIB, now / MIB, ' MiB'),
    note: `taken in at ${Math.round(ids / seconds / 1000)} thousand/s`,
  }
}

/** The file has next to nothing but ids; what is free in it is not taken off. */
function diskFigure(folder: string, name: string, ids: number): Figure {
  const files = readdirSync(folder).map((file) => ({ file, size: statSync(join(folder, file)).size }))
  const sum = (isFilter: boolean) =>
    files.filter(({ file }) => file.includes('.ids-') === isFilter).reduce((bytes, { size }) => bytes + size, 0) / ids
  return {
    name: `disk of an id with ${name}`,
    value: `${(sum(false) + sum(true)).toFixed(1)} B`,
    against: `${sum(true).toFixed(1)} B of it for the saved filter`,
    target: atMost(MOST_BYTES_OF_ID, sum(false) + sum(true), ' B'),
  }
}

function startFigures(
  { openMs, firstCommitMs, firstCommitCpuMs, newMs, oldMs, bytes }: Started,
  name: string,
): readonly Figure[] {
  const ofId = (ms: number) => `${((ms / IDS_A_BODY) * 1000).toFixed(1)} µs an id`
  return [
    {
      name: `opening the usage file with ${name}`,
      value: `${openMs.toFixed(0)} ms`,
      against: '',
      target: atMost(MOST_START_MS, openMs, ' ms'),
      note: `memory afterwards: ${mib(bytes)}`,
    },
    {
      name: `until the first commit is acknowledged with ${name}`,
      value: `${firstCommitMs.toFixed(0)} ms, ${firstCommitCpuMs.toFixed(0)} of the processor`,
      against: `then for bodies of ${IDS_A_BODY.toLocaleString('en-US')} new ids ${ofId(newMs)}, for such that came 35 days ago ${ofId(oldMs)}`,
      target: atMost(MOST_START_MS, firstCommitMs, ' ms'),
    },
  ]
}
