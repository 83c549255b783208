import { readFileSync, statfsSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import { version as duckdb } from '@duckdb/node-api'

/** What the figures were taken on. */
export interface Machine {
  readonly cores: number
  readonly model: string
  readonly memoryGib: number
  readonly kernel: string
  readonly node: string
  readonly duckdb: string
  /** Of the folder where everything was written. */
  readonly disk: string
}

/** From linux/magic.h. */
const TMPFS = 0x01021994

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${osName()}, kernel ${release()}, ${arch()}`,
    node: process.version,
    duckdb: duckdb(),
    disk: statfsSync(tmpdir()).type === TMPFS ? 'tmpfs: fsync costs nothing here' : 'a disk',
  }
}

function osName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}
