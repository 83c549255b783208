import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'

/**
 * Makes a known path answer methods that it does not have: OPTIONS with what it allows, every other one with 405.
 * Call it before the routes are added, and `register` after them.
 */
export function addOtherMethods(app: FastifyInstance): { register(): void } {
  const paths = new Set<string>()
  app.addHook('onRoute', ({ url }) => {
    paths.add(url)
  })
  return {
    register() {
      for (const url of [...paths]) answerOtherMethods(app, url)
    },
  }
}

function answerOtherMethods(app: FastifyInstance, url: string): void {
  const others = app.supportedMethods.filter((method) => !app.hasRoute({ url, method }))
  const methods = app.supportedMethods.filter((method) => !others.includes(method))
  const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ')
  const schema = { hide: true }
  const config = { access: { public: true } } as const
  app.route({
    method: others,
    url,
    schema,
    config,
    exposeHeadRoute: false,
    // Before the body is read: nobody wants it.
    onRequest: async (request, reply) => {
      reply.header('allow', allow)
      if (request.method !== 'OPTIONS') throw notAllowed(request, allow)
      return reply.code(204).send()
    },
    handler: async (request) => {
      throw notAllowed(request, allow)
    },
  })
}

function notAllowed(request: FastifyRequest, allow: string): Refusal {
  return new Refusal('method.not.allowed', 'The method {method} is not allowed here. Allowed: {allow}.', {
    method: request.method,
    allow,
  })
}
