import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { ExecutionKey, Executions } from '../../query/executions.ts'
import type { Presenter } from '../../query/presenters/presenter.ts'
import { notFound } from '../error-answers.ts'

/** Characters that are collected before the answer begins: a short one has a length, an early problem is still a 500. */
const COLLECTED = 64 * 1024

/**
 * Answers with an execution as it stands, a result of any size in pieces as the caller takes them.
 * @throws Refusal not.found, the same for what never was, has expired, or is another's.
 */
export async function sendResult(
  reply: FastifyReply,
  executions: Executions,
  key: ExecutionKey,
  presenter: Presenter,
): Promise<FastifyReply> {
  const execution = await executions.find(key)
  if (execution === undefined) throw notFound()
  const { state, query } = execution
  const pieces = presenter.present({ state, query, rows: executions.rows(execution) })[Symbol.asyncIterator]()
  reply.type(presenter.contentType)
  let text = ''
  while (text.length < COLLECTED) {
    const piece = await pieces.next()
    if (piece.done) return reply.send(text)
    text += piece.value
  }
  return reply.send(Readable.from(following(text, pieces), { objectMode: false }))
}

async function* following(text: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  yield text
  yield* { [Symbol.asyncIterator]: () => pieces }
}
