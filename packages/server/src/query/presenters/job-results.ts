import type { UsageQuery } from '../../domain/usage-query.ts'
import type { ExecutionState } from '../executions.ts'
import type { UsageRow } from '../kept-rows.ts'
import type { Answer, Presenter } from './presenter.ts'

const QUERY_STATUS: Readonly<Record<ExecutionState, string>> = {
  queued: 'Queued',
  running: 'Running',
  complete: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/**
 * What both kinds of job answer but for their entities (wire.md §3), keys in the order queryStatus, errorBody, nextUri,
 * entities, selfUri; a key that does not apply is left out.
 * @param entityWriter makes what writes the entity of each row.
 */
export function jobResults(entityWriter: (query: UsageQuery) => (row: UsageRow) => string): Presenter {
  return {
    contentType: 'application/json',
    async *present(answer: Answer) {
      yield `{"queryStatus":"${QUERY_STATUS[answer.state]}"`
      if (answer.failure !== undefined) yield `,"errorBody":${JSON.stringify(answer.failure)}`
      if (answer.next !== undefined) yield `,"nextUri":${JSON.stringify(answer.next.uri)}`
      if (answer.state === 'complete') yield* entities(answer, entityWriter(answer.query))
      yield `,"selfUri":${JSON.stringify(answer.selfUri)}}`
    },
  }
}

async function* entities(answer: Answer, write: (row: UsageRow) => string): AsyncGenerator<string> {
  yield ',"entities":['
  let before = ''
  for await (const rows of answer.rows) {
    if (rows.length === 0) continue
    yield before + rows.map(write).join(',')
    before = ','
  }
  yield ']'
}
