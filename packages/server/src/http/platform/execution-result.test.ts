import { join } from 'node:path'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SILENT_LOG } from '../../domain/log.ts'
import { makeScope } from '../../domain/scope.ts'
import type { Executions } from '../../query/executions.ts'
import { PRESENTERS } from '../../query/presenters/presenters.ts'
import { install, manyClients, NOW, type TestInstallation } from '../../query/test-installation.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { sendResult } from './execution-result.ts'
import { ORGANIZATION_JOB } from './operations.ts'

let installation: TestInstallation
beforeEach(async () => {
  installation = await install({
    openStore: (folder) => openDuckDbStore({ path: join(folder, 'usage.duckdb'), now: () => NOW, log: SILENT_LOG }),
    makeScope,
  })
  await commitEvents(installation.store, manyClients('acme', 10))
})
afterEach(() => installation[Symbol.asyncDispose]())

/** The answer about a job, with this much done between finding it and reading its rows. */
async function answerWhen(meanwhile: (engine: Executions, id: string) => Promise<unknown>) {
  const engine = installation.start()
  const { id } = await engine.submit({ ...installation.submission(), operation: ORGANIZATION_JOB.name })
  await engine.idle()
  const app = Fastify()
  const executions: Pick<Executions, 'find' | 'ended' | 'rows'> = {
    find: (key) => engine.find(key),
    ended: (...about) => engine.ended(...about),
    async *rows(execution, ...part) {
      await meanwhile(engine, id)
      yield* engine.rows(execution, ...part)
    },
  }
  app.get('/', async (_request, reply) => {
    const asked = { id, organizationId: 'acme', clientId: '' }
    return sendResult(reply, executions, ORGANIZATION_JOB, asked, PRESENTERS.OrganizationPublicApiUsageResultsResponse)
  })
  return { answer: await app.inject('/'), selfUri: `/api/v2/usage/aggregates/query/jobs/${id}` }
}

test('a job that is cancelled while it is read is told as cancelled', async () => {
  const { answer, selfUri } = await answerWhen((engine, id) =>
    engine.cancel({ id, organizationId: 'acme', operation: ORGANIZATION_JOB.name, clientId: '' }),
  )
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe(`{"queryStatus":"Cancelled","selfUri":"${selfUri}"}`)
})

test('who asks while a query is about to end gets its result, and who asks while it goes on is told soon', async () => {
  const { observed } = installation
  const engine = installation.start()
  observed.hold()
  const { id } = await engine.submit({ ...installation.submission(), operation: ORGANIZATION_JOB.name })
  await observed.whenRunning(1)
  const app = Fastify()
  app.get('/', async (_request, reply) => {
    const asked = { id, organizationId: 'acme', clientId: '' }
    return sendResult(reply, engine, ORGANIZATION_JOB, asked, PRESENTERS.OrganizationPublicApiUsageResultsResponse)
  })
  expect((await app.inject('/')).json()).toMatchObject({ queryStatus: 'Running' })
  const answer = app.inject('/')
  observed.release()
  expect((await answer).json()).toMatchObject({ queryStatus: 'Succeeded' })
})

test('a result that is damaged is a fault of ours, and not read again and again', async () => {
  let read = 0
  const { answer } = await answerWhen(async (_engine, id) => {
    read += 1
    await installation.metadata.deleteFrom('executionRows').where('executionId', '=', id).execute()
  })
  expect(answer.statusCode).toBe(500)
  expect(read).toBe(1)
})
