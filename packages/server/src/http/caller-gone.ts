import type { FastifyReply } from 'fastify'
import { Refusal } from '../domain/refusal.ts'

/** A signal that aborts when the connection closes before the answer was sent: nobody waits for it any more. */
export function callerGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Refusal('request.timeout', 'The caller went away.'))
  })
  return controller.signal
}
