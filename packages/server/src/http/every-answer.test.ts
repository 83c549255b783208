import swagger from '@fastify/swagger'
import Fastify, { type FastifyReply } from 'fastify'
import { expect, test } from 'vitest'

// tests/contract/every-answer.ts compares what every test of this repository is answered with the app's own document.
// Here answers that are wrong are planted, as bytes: those pass by the serializer that makes answers fit.

const ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

async function appThatAnswers(answer: (reply: FastifyReply) => FastifyReply) {
  const app = Fastify()
  const header = { required: true, schema: { type: 'string', format: 'uuid' } } as const
  const error = { type: 'object' as const, required: ['code'], properties: { code: { type: 'string' as const } } }
  const refusal = {
    description: 'Any error',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Planted', version: '0' },
      components: { schemas: { Error: error }, headers: { Id: header }, responses: { Error: refusal } },
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the document is not OpenAPI 3')
      const get = document.openapiObject.paths?.['/things/{id}']?.get
      Object.assign(get?.responses?.['200'] ?? {}, { headers: { 'X-Id': { $ref: '#/components/headers/Id' } } })
      Object.assign(get?.responses ?? {}, { default: { $ref: '#/components/responses/Error' } })
      return document.openapiObject
    },
  })
  const thing = {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string', format: 'uuid' }, size: { type: 'integer' } },
  }
  await app.register(async (scope) => {
    const schema = { operationId: 'getThing', response: { 200: thing } }
    scope.get('/things/:id', { schema }, async (_request, reply) => answer(reply))
  })
  return app
}

const bytes = (reply: FastifyReply, text: string, id = ID) =>
  reply.type('application/json').header('x-id', id).send(Buffer.from(text))
const json = (reply: FastifyReply, body: object) => bytes(reply, JSON.stringify(body))

test.each<[string, string, (reply: FastifyReply) => FastifyReply]>([
  ['a field of the wrong type', 'the body/size must be integer', (reply) => json(reply, { id: ID, size: 'big' })],
  ['a field in the wrong format', 'the body/id must match format "uuid"', (reply) => json(reply, { id: '7' })],
  ['a missing field', "must have required property 'id'", (reply) => json(reply, { size: 1 })],
  ['a field that is not documented', '"additionalProperty":"more"', (reply) => json(reply, { id: ID, more: 1 })],
  ['what is not JSON', 'the body is not JSON', (reply) => bytes(reply, '{')],
  [
    'another content type',
    'the content type [text/html] is not documented (application/json are)',
    (reply) => reply.type('text/html').header('x-id', ID).send('<p>'),
  ],
  [
    'a missing header',
    'the header X-Id is missing',
    (reply) => reply.type('application/json').send(Buffer.from(JSON.stringify({ id: ID }))),
  ],
  ['a wrong header', 'the header X-Id must match format', (reply) => bytes(reply, JSON.stringify({ id: ID }), 'x')],
  ['another success', 'answered 201: the status is not documented', (reply) => json(reply.code(201), { id: ID })],
  ['a refusal that callers must know of', 'config.refusals', (reply) => json(reply.code(409), { code: 'conflict' })],
  ['a wrong error', "must have required property 'code'", (reply) => json(reply.code(500), {})],
])('%s fails the test that got it, and the operation is named', async (_, problem, answer) => {
  await using app = await appThatAnswers((reply) => answer(reply))
  const inject = app.inject('/things/7?x=1')
  await expect(inject).rejects.toThrow('GET /things/{id} (getThing) answered ')
  await expect(inject).rejects.toThrow(problem)
})

test('what is as documented passes', async () => {
  await using app = await appThatAnswers((reply) => json(reply, { id: ID, size: 1 }))
  expect((await app.inject('/things/7')).json()).toEqual({ id: ID, size: 1 })
})

test.fails('an answer over a socket fails its test too', async () => {
  await using app = await appThatAnswers((reply) => json(reply, { id: 'wrong' }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  expect(await (await fetch(`${url}/things/7`)).json()).toEqual({ id: 'wrong' })
})
