import { makeDataFolder, ORGANIZATION_ID } from './data-folder.ts'
import { atMost, type Figure, median } from './figure.ts'
import type { Part } from './part.ts'
import { fillRollups } from './queries/rollups.ts'
import { startServerProcess } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const start: Part = {
  name: 'start',
  title: 'Start',
  method:
    'From starting the process until it listens; Node itself takes a good part of it. The data folder was closed in good order.',
  async measure({ full, rollups }) {
    const repeats = full ? 7 : 3
    const empty = await timeStart(0, repeats)
    const figures: Figure[] = []
    for (const rows of [rollups / 10, rollups]) {
      const milliseconds = await timeStart(rows, repeats)
      figures.push({
        name: `ready with ${rows.toLocaleString('en-US')} rollups`,
        value: `${milliseconds.toFixed(0)} ms`,
        against: `with an empty data folder: ${empty.toFixed(0)} ms`,
        ratio: milliseconds / empty,
        target: atMost(2_000, milliseconds, ' ms'),
      })
    }
    return { figures }
  },
}

/** The median of several starts on one data folder, milliseconds. */
async function timeStart(rollups: number, repeats: number): Promise<number> {
  using folder = temporaryFolder()
  const usageFile = await makeDataFolder(folder.path)
  if (rollups > 0) await fillRollups(usageFile, ORGANIZATION_ID, rollups)
  const times: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    await using server = await startServerProcess(folder.path)
    times.push(server.readyMs)
  }
  return median(times)
}
