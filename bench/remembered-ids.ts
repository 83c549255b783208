import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { atMost, type Figure } from './figure.ts'
import { mib } from './memory.ts'
import { messageFrom } from './message-from.ts'
import type { Part } from './part.ts'
import type { RememberedIds, RememberIds } from './remembered-ids-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The default of dedupeMemoryMb, and what design.md §9 allows beside it. */
const MOST_MIB = 512 + 300
const MIB = 2 ** 20

export const rememberedIds: Part = {
  name: 'ids',
  title: 'Remembered ids',
  method:
    'Memory of a process that takes in events with new ids over 35 days and does nothing else, with the default dedupeMemoryMb of 512; all of it counts, the reader thread and DuckDB too.',
  async measure({ full }) {
    const figures: Figure[] = []
    for (const ids of full ? [10e6, 100e6] : [1e6]) figures.push(...(await measureIds(ids)))
    return { figures }
  },
}

async function measureIds(ids: number): Promise<readonly Figure[]> {
  using folder = temporaryFolder()
  const child = fork(join(import.meta.dirname, 'remembered-ids-process.ts'))
  const millions = `${ids / 1e6} million ids`
  child.send({ folder: folder.path, ids } satisfies RememberIds)
  const told = await messageFrom<RememberedIds>(child).catch(() => undefined)
  // What the store broke on is on the standard error; that it did is a figure too.
  if (told === undefined) {
    const target = { text: 'that it goes on', isMet: false }
    return [{ name: `memory with ${millions}`, value: 'the store failed before', against: '', target }]
  }
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  return [
    {
      name: `memory with ${millions}`,
      value: `${mib(told.now)}, at most ${mib(told.peak)} on the way`,
      against: `after the start: ${mib(told.before)}`,
      ratio: told.now / told.before,
      target: atMost(MOST_MIB, told.now / MIB, ' MiB'),
      note: `taken in at ${Math.round(ids / told.seconds / 1000)} thousand/s`,
    },
    {
      name: `opening the usage file with ${millions}`,
      value: `${told.openMs.toFixed(0)} ms`,
      against: '',
      target: atMost(2_000, told.openMs, ' ms'),
    },
  ]
}
