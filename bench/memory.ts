import { readFileSync, writeFileSync } from 'node:fs'

const MIB = 1024 * 1024

/** What a process has in memory now, and the most it had since `forgetPeak`; bytes. Linux only. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}

/** Lets the kernel count a process's peak anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

export function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}
