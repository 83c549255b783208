import { basename, join } from 'node:path'
import { type FormatOptions, type LineFormat, lineFormat, recognizeFormat } from '@routemeter/server/sources'
import { CommandProblem, EXIT } from '../exit-code.ts'
import type { Body } from './body-builder.ts'
import { BodyBuilder } from './body-builder.ts'
import type { Delivery, Outcome } from './delivery.ts'
import type { Excludes } from './exclusion.ts'
import { LineEvents } from './line-events.ts'
import type { RejectedFile } from './rejected-file.ts'
import type { StateFolder } from './state-folder.ts'
import type { Totals } from './totals.ts'

/** What all inputs of one run have in common. */
export interface IngestContext {
  /** A name of sources.md, or `auto`. */
  readonly format: string
  readonly reading: FormatOptions
  readonly organizationId: string | undefined
  readonly excludes: Excludes | undefined
  readonly delivery: Delivery
  readonly totals: Totals
  readonly state: StateFolder
  /** Aborts when no more is to be read. */
  readonly stop: AbortSignal
  /** Where rejected lines go; undefined for beside their file. */
  readonly rejectedFolder: string | undefined
  makeRejectedFile(path: string, knownBytes: number): Pick<RejectedFile, 'add'>
  /** Tells the person something. */
  tell(message: string): void
  /** So many bytes of the inputs were read. */
  countBytes(count: number): void
  /** Is called when everything is answered. */
  whenSettled(action: () => void | Promise<void>): void
  /** Something went wrong with one input; the others go on. */
  fail(message: string): void
}

/** Bytes of an input's beginning from which its format is recognized. */
export const BYTES_TO_RECOGNIZE = 64 * 1024

/**
 * The format of an input, as it was said or as its first lines look.
 * @param name of the input, to be told.
 * @throws CommandProblem when they look like none.
 */
export function formatOf(context: IngestContext, name: string, start: Buffer): LineFormat {
  const { format, reading, tell } = context
  if (format !== 'auto') return lineFormat(format, reading)
  const lines = start.toString('utf8').split('\n')
  // The last one may be cut.
  const recognized = recognizeFormat(lines.length > 1 ? lines.slice(0, -1) : lines)
  if (recognized === undefined) {
    throw new CommandProblem(
      EXIT.wrongUsage,
      `${name}: the first lines are in no format that is known: say which with --format`,
    )
  }
  tell(`${name}: taken for ${recognized}`)
  return lineFormat(recognized, reading)
}

/** Makes bodies of an input's lines. */
export function builderFor(
  context: IngestContext,
  format: LineFormat,
  identity: string,
  begin: { readonly lines: number; readonly position: number },
): BodyBuilder {
  const { organizationId, excludes } = context
  return new BodyBuilder(new LineEvents({ format, identity, organizationId, excludes }), begin)
}

export function countOutcome({ totals }: IngestContext): (body: Body, outcome: Outcome) => void {
  return (body, outcome) => totals.add(body, outcome)
}

/** FILE.rejected, or in the folder that was named. */
export function rejectedPath({ rejectedFolder }: IngestContext, path: string): string {
  return `${rejectedFolder === undefined ? path : join(rejectedFolder, basename(path))}.rejected`
}
