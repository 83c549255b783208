import { Worker } from 'node:worker_threads'
import { Refusal } from '../domain/refusal.ts'
import type { Admission } from './admission.ts'
import type { Body } from './body-reader.ts'
import type { FromThread, ThreadData, ToldPlace, ToThread } from './reader-messages.ts'

/** What threads ask while they read. */
export interface ThreadAnswers {
  /** Undefined for an organization that does not exist; the sender's own does. */
  placeOf(organizationId: string, isOwn: boolean): Promise<ToldPlace | undefined>
  templatesOf(organizationId: string): Promise<readonly string[]>
}

/** The thread ended while it read a body: nothing of it was counted, and another thread will read the next one. */
export class ReaderThreadEnded extends Error {
  override readonly name = 'ReaderThreadEnded'
}

interface Job {
  readonly body: Body
  readonly place: ToldPlace
  readonly done: PromiseWithResolvers<Admission>
}

/** Threads that take bodies apart, each one at a time; what finds none free waits in the order of arrival. */
export class ReaderThreads implements AsyncDisposable {
  readonly #data: ThreadData
  readonly #answers: ThreadAnswers
  readonly #free: ReaderThread[] = []
  readonly #waiting: Job[] = []
  #started = 0
  readonly #most: number
  readonly #threads = new Set<ReaderThread>()

  /** Threads start when there is something for them to do. */
  constructor(most: number, data: ThreadData, answers: ThreadAnswers) {
    this.#most = most
    this.#data = data
    this.#answers = answers
  }

  /**
   * The bytes of the body are gone from this thread afterwards.
   * @throws Refusal as BodyReader.read does; ReaderThreadEnded.
   */
  async read(body: Body): Promise<Admission> {
    const place = await this.#answers.placeOf(body.sender.organizationId, true)
    if (place === undefined) throw new Error('the sender’s own organization has no place')
    const job = { body, place, done: Promise.withResolvers<Admission>() }
    this.#waiting.push(job)
    this.#serve()
    return job.done.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.end()))
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#free.pop() ?? this.#start()
      if (thread === undefined) return
      const job = this.#waiting.shift()
      if (job !== undefined) void this.#run(thread, job)
    }
  }

  async #run(thread: ReaderThread, { body, place, done }: Job): Promise<void> {
    try {
      done.resolve(await thread.read(body, place))
    } catch (error) {
      done.reject(error)
    }
    if (thread.isDead) {
      this.#threads.delete(thread)
      this.#started--
    } else this.#free.push(thread)
    this.#serve()
  }

  #start(): ReaderThread | undefined {
    if (this.#started === this.#most) return undefined
    this.#started++
    const thread = new ReaderThread(this.#data, this.#answers)
    this.#threads.add(thread)
    return thread
  }
}

/** Where Node runs the sources themselves they end in .ts, and so does what a thread begins with. */
const ENTRY = new URL(`./reader-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

class ReaderThread {
  isDead = false
  readonly #worker: Worker
  readonly #answers: ThreadAnswers
  #job: PromiseWithResolvers<Admission> | undefined
  #table = 0
  #texts: string[] = []

  constructor(data: ThreadData, answers: ThreadAnswers) {
    this.#answers = answers
    this.#worker = new Worker(ENTRY, { workerData: data })
    this.#worker.unref()
    this.#worker.on('message', (message: FromThread) => this.#onMessage(message))
    this.#worker.on('error', (cause) => this.#onDeath(cause))
    this.#worker.on('exit', () => this.#onDeath())
  }

  read(body: Body, place: ToldPlace): Promise<Admission> {
    this.#job = Promise.withResolvers()
    const bytes = ownBytes(body.bytes)
    this.#send({ kind: 'read', body: { ...body, bytes }, place }, [bytes.buffer])
    return this.#job.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #onMessage(message: FromThread): void {
    switch (message.kind) {
      case 'admitted':
        this.#job?.resolve(this.#admission(message))
        return
      case 'refused':
        this.#job?.reject(new Refusal(message.code, message.template, message.params))
        return
      case 'failed':
        this.#job?.reject(message.error)
        return
      case 'askPlace':
        void this.#answer(async () => ({
          kind: 'place',
          place: await this.#answers.placeOf(message.organizationId, false),
        }))
        return
      case 'askTemplates':
        void this.#answer(async () => ({
          kind: 'templates',
          templates: await this.#answers.templatesOf(message.organizationId),
        }))
    }
  }

  #admission(message: Extract<FromThread, { kind: 'admitted' }>): Admission {
    const { batch, table, newTexts, unmatched, rejected, errors } = message
    if (table !== this.#table) this.#texts = []
    this.#table = table
    for (const text of newTexts) this.#texts.push(text)
    return { batch: { ...batch, texts: this.#texts }, unmatched, rejected, errors }
  }

  async #answer(find: () => Promise<ToThread>): Promise<void> {
    try {
      this.#send(await find())
    } catch (error) {
      this.#send({ kind: 'unanswered', error })
    }
  }

  #onDeath(cause?: unknown): void {
    this.isDead = true
    this.#job?.reject(new ReaderThreadEnded('A reader thread ended before it had read a body.', { cause }))
  }

  #send(message: ToThread, transferred: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transferred)
  }
}

/** A buffer of its own, that can be given away; small ones share theirs with others. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  const isOwn = buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
