import type { FastifyReply } from 'fastify'
import type { Executions, Submission } from '../../query/executions.ts'
import { resultsUri, type UsageOperation } from './operations.ts'

/**
 * Takes a job in and answers its id and where it is (UsageQueryResponse): its result is read and it is cancelled at the
 * same place.
 * @throws Refusal too.many.requests when the organization has too many waiting or kept.
 */
export async function sendSubmittedJob(
  reply: FastifyReply,
  executions: Executions,
  operation: UsageOperation,
  submission: Omit<Submission, 'operation'>,
): Promise<FastifyReply> {
  const job = await executions.submit({ ...submission, operation: operation.name })
  const uri = resultsUri(operation, job)
  return reply.code(202).send({ id: job.id, resultsUri: uri, selfUri: uri })
}
