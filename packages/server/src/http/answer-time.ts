import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Thrown at a request that is still not answered; becomes a 504 request.timeout (wire.md §4). */
export class AnswerTookTooLong extends Error {
  override readonly name = 'AnswerTookTooLong'
}

/**
 * Ends every answer but endless ones after this time, counted from when the request's headers are there: one that has not begun with a
 * 504, one that has by cutting the connection. So neither a handler that hangs nor a caller that reads a few bytes a
 * minute holds a connection for ever.
 *
 * Fastify's own `handlerTimeout` forgets its timer when a request's body has been read.
 */
export function addAnswerTime(app: FastifyInstance, milliseconds: number): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.isEndless) return
    const timer = setTimeout(() => endAnswer(request, reply), milliseconds)
    timer.unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
}

function endAnswer(request: FastifyRequest, reply: FastifyReply): void {
  if (reply.raw.headersSent) {
    request.log.warn({ route: request.routeOptions.url ?? '(none)' }, 'the answer took too long and was cut off')
    reply.raw.destroy()
  } else if (!reply.sent) reply.send(new AnswerTookTooLong('the answer took too long'))
}
