import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '../domain/refusal.ts'
import { createTemplateResolver } from '../templates/template-resolver.ts'
import type { Admission } from './admission.ts'
import { type Body, BodyReader } from './body-reader.ts'
import type { Place } from './organizations.ts'
import type { FromThread, ThreadData, ToldPlace, ToThread } from './reader-messages.ts'

/** A thread that takes one body after another apart, so that the one that counts has nothing to parse. */
const port = parentPort
if (port === null) throw new Error('this file is run by reader-threads.ts as a thread')

const { identityKey } = workerData as ThreadData
const reader = new BodyReader(identityKey, findPlace)
const resolver = createTemplateResolver({ templatesOf })
const versions = new Map<string, number>()
/** The place of the sender whose body is at hand. */
let own: ToldPlace
let answer = Promise.withResolvers<Exclude<ToThread, { kind: 'read' }>>()
/** How many texts of which table were told. */
let told: { texts: readonly string[]; table: number; count: number } = { texts: [], table: 0, count: 0 }

port.on('message', (message: ToThread) => {
  if (message.kind === 'read') void read(message.body, message.place)
  else if (message.kind === 'unanswered') answer.reject(message.error)
  else answer.resolve(message)
})

async function read(body: Body, place: ToldPlace): Promise<void> {
  try {
    own = place
    tell(await reader.read(body))
  } catch (error) {
    if (error instanceof Refusal) {
      const { code, template, params } = error
      send({ kind: 'refused', code, template, params })
    } else send({ kind: 'failed', error })
  }
}

function tell({ batch, unmatched, rejected, errors }: Admission): void {
  const { texts, ...rest } = batch
  if (texts !== told.texts) told = { texts, table: told.table + 1, count: 0 }
  const newTexts = texts.slice(told.count)
  told.count = texts.length
  const buffers = Object.values(batch.columns).map(({ buffer }) => buffer)
  send({ kind: 'admitted', batch: rest, table: told.table, newTexts, unmatched, rejected, errors }, buffers)
}

async function findPlace(
  organizationId: string,
  sender: { readonly organizationId: string },
): Promise<Place | undefined> {
  if (organizationId === sender.organizationId) return asPlace(organizationId, own)
  const told = await ask({ kind: 'askPlace', organizationId })
  return told.kind === 'place' && told.place !== undefined ? asPlace(organizationId, told.place) : undefined
}

async function asPlace(organizationId: string, { number, version }: ToldPlace): Promise<Place> {
  if (versions.get(organizationId) !== version) resolver.refresh(organizationId)
  versions.set(organizationId, version)
  return { number, resolver: await resolver.of(organizationId) }
}

async function templatesOf(organizationId: string): Promise<readonly string[]> {
  const told = await ask({ kind: 'askTemplates', organizationId })
  return told.kind === 'templates' ? told.templates : []
}

/** A body waits for each of its answers before it goes on: there is one at a time. */
function ask(question: FromThread): Promise<Exclude<ToThread, { kind: 'read' }>> {
  answer = Promise.withResolvers()
  send(question)
  return answer.promise
}

function send(message: FromThread, transferred: ArrayBuffer[] = []): void {
  port?.postMessage(message, transferred)
}
