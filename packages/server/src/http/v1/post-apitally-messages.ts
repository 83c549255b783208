import { Type } from 'typebox'
import { NOTHING_READ } from '../../ingest/ingest.ts'
import type { Api, ApiModule, Parts } from '../api.ts'
import { readEventBodies } from './event-bodies.ts'
import { ReceiptSchema } from './schemas/usage-event.ts'

const HUB = '/v1/sources/apitally/v2/:clientId/:environment'

/**
 * POST …/sync: the calls that an Apitally client has added up since its last sync, counted once each whatever is rejected
 * (decisions.md 6). Its client id is an ingest key of the kind apitally.
 */
export const postApitallySync: ApiModule = (api, { ingest, settings }) => {
  const readBody = readEventBodies(api, settings)
  const schema = schemaOf('postApitallySync', 'Send what an Apitally client has counted', 200)
  api.post(`${HUB}/sync`, { schema, config, validatorCompiler }, async (request, reply) => {
    const { environment: platform } = request.params
    const reading = { mediaType: 'application/json', map: {}, timeZone: 'UTC', platform }
    const accept = (body: Buffer) => ingest.accept(request.caller, 'apitally', body, reading)
    return reply.send((await readBody(request, accept)) ?? NOTHING_READ)
  })
}

/** POST …/startup: what the application is made of, once. It is read and not kept. */
export const postApitallyStartup: ApiModule = (api, parts) => {
  const schema = schemaOf('postApitallyStartup', 'Greet like an Apitally client', 202)
  takeUncounted(api, parts, schema, 'startup')
}

/** POST …/log: single requests with headers and bodies, which the syncs have counted. It is read and not kept. */
export const postApitallyLog: ApiModule = (api, parts) => {
  const schema = schemaOf('postApitallyLog', 'Send an Apitally client’s request log', 202)
  takeUncounted(api, parts, schema, 'log')
}

const config = { access: { keyInPath: 'apitally' } } as const
const validatorCompiler = () => () => true

function schemaOf(operationId: string, summary: string, status: 200 | 202) {
  return {
    operationId,
    tags: ['Events'],
    summary,
    description: [
      'The protocol of Apitally’s clients, whose hub is this server’s `/v1/sources/apitally`; docs/sources.md has their',
      'settings. The client id is an ingest key of the kind `apitally`: without one it is 404, whereupon a client stops.',
      'What counts are the syncs, each record once however often it is sent; `startup` and `log` count nothing.',
    ].join(' '),
    params: Type.Object({
      clientId: Type.String({ format: 'uuid', description: 'An ingest key of the kind apitally' }),
      environment: Type.String({ description: 'The calls’ platform' }),
    }),
    response: { [status]: ReceiptSchema },
  }
}

function takeUncounted(api: Api, { settings }: Parts, schema: ReturnType<typeof schemaOf>, message: string): void {
  const readBody = readEventBodies(api, settings)
  api.post(`${HUB}/${message}`, { schema, config, validatorCompiler }, async (request, reply) => {
    await readBody(request, async () => undefined)
    return reply.code(202).send(NOTHING_READ)
  })
}
