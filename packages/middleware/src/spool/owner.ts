import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

/** How often a living owner touches its lock file. */
export const HEARTBEAT_MS = 20_000
/** An owner of another host, or of a process id that may have been given anew, is dead after so long without one. */
const DEAD_AFTER_MS = 6 * HEARTBEAT_MS

/** Who writes files in a spool: a meter in a thread of a process on a host. Its file names begin with it. */
export interface Owner {
  readonly name: string
  readonly host: string
  readonly pid: number
  readonly thread: number
}

/** Owners of this thread that are alive; another meter with this pid and thread belongs to a past life. */
const mine = new Set<string>()

export function newOwner(): Owner {
  // A host's name must not hold what separates the parts.
  const host = hostname().replace(/[^\w-]/g, '-')
  const name = `${host}.${process.pid}.${threadId}.${randomBytes(6).toString('hex')}`
  mine.add(name)
  return { name, host, pid: process.pid, thread: threadId }
}

export function endOwner({ name }: Owner): void {
  mine.delete(name)
}

/** Whose file it is; undefined for a file that is not a spool's. */
export function ownerOf(file: string): Owner | undefined {
  const parts = /^(([\w-]+)\.(\d+)\.(\d+)\.[0-9a-f]{12})\.(?:\d+\.ndjson|lock)$/.exec(file)
  if (parts === null) return undefined
  const [, name = '', host = '', pid, thread] = parts
  return { name, host, pid: Number(pid), thread: Number(thread) }
}

export function isLock(file: string): boolean {
  return file.endsWith('.lock')
}

export function segmentName(owner: Owner, number: number): string {
  return `${owner.name}.${String(number).padStart(10, '0')}.ndjson`
}

export function lockName(owner: Owner): string {
  return `${owner.name}.lock`
}

/**
 * Whether an owner still writes: on this host its process tells, at once; where that says nothing (another host on a
 * shared folder, a process id that was given anew after a restart of the container) its heartbeat does.
 */
export async function isAlive(directory: string, owner: Owner, here: Owner): Promise<boolean> {
  if (mine.has(owner.name)) return true
  if (owner.host === here.host) {
    if (owner.pid === here.pid && owner.thread === here.thread) return false
    if (!isRunning(owner.pid)) return false
  }
  const lock = await stat(join(directory, lockName(owner))).catch(() => undefined)
  return lock !== undefined && Date.now() - lock.mtimeMs < DEAD_AFTER_MS
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
