/** The part of a structured logger that the inner folders need; pino's logger is one. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} }
