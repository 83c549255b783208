import type { FastifyReply } from 'fastify'
import type { Executions, Submission } from '../../query/executions.ts'
import { resultsUri, type UsageOperation } from './operations.ts'

/**
 * Takes a query of one of the older endpoints in and answers where its result will be (UsageExecutionResult).
 * @throws Refusal too.many.requests when the organization has too many waiting or kept.
 */
export async function sendSubmitted(
  reply: FastifyReply,
  executions: Executions,
  operation: UsageOperation,
  submission: Omit<Submission, 'operation'>,
): Promise<FastifyReply> {
  const execution = await executions.submit({ ...submission, operation: operation.name })
  return reply.code(202).send({ executionId: execution.id, resultsUri: resultsUri(operation, execution) })
}
