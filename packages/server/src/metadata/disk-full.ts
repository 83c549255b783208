const SQLITE_FULL = 13

/** True when a statement failed because the disk, or what the file may take of it, is full; it changed nothing. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL
}
