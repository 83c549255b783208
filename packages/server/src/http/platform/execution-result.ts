import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { ExecutionKey, ExecutionState, Executions } from '../../query/executions.ts'
import type { Answer, Presenter } from '../../query/presenters/presenter.ts'
import { notFound } from '../error-answers.ts'
import { errorBody, queryFailed } from '../errors.ts'
import { resultsUri, type UsageOperation } from './operations.ts'
import { nextPage, type Page, startOf, WHOLE } from './pages.ts'

/** Characters that are collected before the answer begins: a short one has a length, an early problem is still a 500. */
const COLLECTED = 64 * 1024

/** So long an answer waits for an execution that is about to end: most do, and the caller need not ask again. */
const WAIT_MS = 100
const UNDER_WAY: ReadonlySet<ExecutionState> = new Set(['queued', 'running'])

/** Which execution is asked for, and by whom. */
export interface Asked {
  readonly id: string
  readonly organizationId: string
  /** The {clientId} of the operation's path; "" where it has none. */
  readonly clientId: string
}

function keyOf(operation: UsageOperation, { id, organizationId, clientId }: Asked): ExecutionKey {
  return { id, organizationId, operation: operation.name, clientId }
}

/**
 * Answers with an execution as it stands, or as it ends within 100 milliseconds; a page of any size in pieces as the
 * caller takes them.
 * @throws Refusal not.found, the same for what never was, has expired, or is another's;
 *   invalid.query.param.value for a cursor that this execution did not give.
 */
export async function sendResult(
  reply: FastifyReply,
  executions: Pick<Executions, 'find' | 'ended' | 'rows'>,
  operation: UsageOperation,
  asked: Asked,
  presenter: Presenter,
  page: Page = WHOLE,
): Promise<FastifyReply> {
  const execution = await findSoon(executions, keyOf(operation, asked))
  if (execution === undefined) throw notFound()
  const first = startOf(page, execution)
  const selfUri = resultsUri(operation, execution)
  const answer: Answer = {
    state: execution.state,
    query: execution.query,
    rows: executions.rows(execution, first, page.size),
    selfUri,
    next: nextPage(page, execution, first, selfUri),
    ...(execution.state === 'failed' ? { failure: errorBody(queryFailed(), reply.request.id) } : {}),
  }
  let text: string | Readable
  try {
    text = await begun(presenter.present(answer))
  } catch (error) {
    const now = await executions.find(keyOf(operation, asked))
    if (now?.state === execution.state) throw error
    // It was cancelled, or it expired, while its rows were read.
    return sendResult(reply, executions, operation, asked, presenter, page)
  }
  return reply.type(presenter.contentType).send(text)
}

async function findSoon(executions: Pick<Executions, 'find' | 'ended'>, key: ExecutionKey) {
  const execution = await executions.find(key)
  if (execution === undefined || !UNDER_WAY.has(execution.state)) return execution
  await executions.ended(execution, WAIT_MS)
  return executions.find(key)
}

/** The whole of a short answer, or a stream of a longer one whose beginning is there. */
async function begun(present: AsyncIterable<string>): Promise<string | Readable> {
  const pieces = present[Symbol.asyncIterator]()
  let text = ''
  while (text.length < COLLECTED) {
    const piece = await pieces.next()
    if (piece.done) return text
    text += piece.value
  }
  return Readable.from(following(text, pieces), { objectMode: false })
}

/**
 * Cancels an execution in whatever state it is; cancelling it again changes nothing.
 * @throws Refusal not.found, the same for what never was, has expired, or is another's.
 */
export async function cancelExecution(executions: Executions, operation: UsageOperation, asked: Asked): Promise<void> {
  if (!(await executions.cancel(keyOf(operation, asked)))) throw notFound()
}

async function* following(text: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  yield text
  yield* { [Symbol.asyncIterator]: () => pieces }
}
