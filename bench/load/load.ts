import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { messageFrom } from '../message-from.ts'
import type { FromGenerator, LoadPlan, LoadResult, LoadTarget, ToGenerator } from './load-plan.ts'

/** A load generator with its bodies made. */
export interface Load extends AsyncDisposable {
  /** Sends them; once only. */
  run(target: LoadTarget): Promise<LoadResult>
  /** Lets a run end before its time. */
  stop(): void
}

/** Makes the bodies of a plan in a process of its own. */
export async function prepareLoad(plan: LoadPlan): Promise<Load> {
  const child = fork(join(import.meta.dirname, 'generator.ts'), { execArgv: ['--max-old-space-size=8192'] })
  await ask(child, { kind: 'prepare', plan })
  return {
    async run(target) {
      const answer = await ask(child, { kind: 'run', target })
      if (answer.kind !== 'done') throw new Error('the load generator has no result')
      return answer.result
    },
    stop: () => child.send({ kind: 'stop' } satisfies ToGenerator),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

/** Sends what a plan says to Routemeter, and checks that all of it was counted. */
export async function sendToServer(load: Load, { url, token }: { url: string; token: string }, gzip = false) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  }
  const result = await load.run({ url: `${url}/v1/events`, headers })
  if (result.accepted !== result.sent) throw new Error(`${result.accepted} of ${result.sent} events were counted`)
  return result
}

async function ask(child: ChildProcess, message: ToGenerator): Promise<FromGenerator> {
  child.send(message)
  const answer = await messageFrom<FromGenerator>(child)
  if (answer.kind === 'failed') throw new Error(answer.reason)
  return answer
}
