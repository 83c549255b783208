import type { Lines } from './lines.ts'

/** Bytes after which a batch is full: far below what the server takes (16 MiB), so that a proxy between takes it too. */
export const BATCH_BYTES = 2 ** 20

/** Events that are sent in one body. */
export interface Batch {
  readonly lines: Lines
  /** To be called once its fate is known: it is not kept any longer. */
  settle(): Promise<void>
}

/** Where events wait: in memory or on disk. */
export interface EventQueue {
  /** Never waits and never throws; what finds no room is reported as dropped. */
  add(line: string): void
  /** Makes what has come in so far ready to be taken, full batch or not. */
  seal(): Promise<void>
  /** The oldest batch that is ready; it stays in the queue until it is settled. Undefined when none is ready. */
  take(): Promise<Batch | undefined>
  /** Puts a batch back that was taken and not settled. */
  giveBack(batch: Batch): void
  /** Events in memory; those on disk are not counted. */
  readonly waiting: number
  /** No more comes in. @returns how many events are lost because nobody took them. */
  close(): Promise<number>
}

/** Called whenever a batch becomes ready before anybody asked. */
export type OnReady = () => void
