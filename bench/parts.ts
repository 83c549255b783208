import { disk } from './disk.ts'
import { executions } from './executions.ts'
import { ingest } from './ingest/ingest.ts'
import { logLines } from './log-lines.ts'
import type { Part } from './part.ts'
import { queries } from './queries/queries.ts'
import { rememberedIds } from './remembered-ids.ts'
import { resolver } from './resolver.ts'
import { smallSenders } from './small-senders.ts'
import { start } from './start.ts'

/** Every part, in the order of the page. To add one: write its file, list it here. */
export const PARTS: readonly Part[] = [
  ingest,
  smallSenders,
  queries,
  resolver,
  logLines,
  disk,
  rememberedIds,
  start,
  executions,
]
