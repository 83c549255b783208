import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Ledger } from './ledger.ts'
import { Random } from './random.ts'
import type { Up } from './server-life.ts'
import type { Batch, Traffic } from './traffic.ts'

interface Receipt {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: number
}

/** What became of a body so far. */
interface Delivery {
  /** Sent once without an answer: its events may be counted already. */
  mayBeCounted: boolean
  isAnswered: boolean
}

export interface SendersOptions {
  readonly seed: number
  readonly traffic: Traffic
  readonly ledger: Ledger
  /** The server that takes events now. */
  readonly whenUp: () => Promise<Up>
  readonly serverTime: () => number
  readonly connections: number
}

/**
 * Connections that send bodies of events and send each again until it is answered, and now and then one that was
 * answered long ago. Receipts must fit what was sent; what does not is a fault.
 */
export class Senders {
  readonly faults: string[] = []
  /** Events that the answers called accepted. */
  accepted = 0
  /** Events of bodies that were sent without an answer at least once. */
  uncertain = 0
  answered = 0
  resent = 0
  readonly #options: SendersOptions
  readonly #deliveries = new Map<number, Delivery>()
  readonly #underWay = new Set<Promise<void>>()
  #gate = Promise.withResolvers<void>()
  #isPaused = true
  #isStopped = false
  readonly #loops: Promise<void>[]

  constructor(options: SendersOptions) {
    this.#options = options
    this.#loops = Array.from({ length: options.connections }, (_, index) =>
      this.#loop(new Random(options.seed, 2, index)),
    )
  }

  go(): void {
    this.#isPaused = false
    this.#gate.resolve()
  }

  /** Resolves when every body that was begun is answered. */
  async rest(): Promise<void> {
    if (!this.#isPaused) this.#gate = Promise.withResolvers()
    this.#isPaused = true
    await Promise.all(this.#underWay)
  }

  async stop(): Promise<void> {
    await this.rest()
    this.#isStopped = true
    this.#gate.resolve()
    await Promise.all(this.#loops)
  }

  /** Sends a body until it is answered; its events count from now on. */
  deliver(batch: Batch, isGzip: boolean): Promise<void> {
    const { traffic, ledger } = this.#options
    const before = this.#deliveries.get(batch.number)
    if (before === undefined) ledger.add(traffic.callsOf(batch))
    else this.resent++
    const delivery = before ?? { mayBeCounted: false, isAnswered: false }
    this.#deliveries.set(batch.number, delivery)
    const done = this.#untilAnswered(batch, delivery, isGzip).finally(() => this.#underWay.delete(done))
    this.#underWay.add(done)
    return done
  }

  async #loop(random: Random): Promise<void> {
    const { traffic, serverTime } = this.#options
    for (;;) {
      await this.#gate.promise
      if (this.#isStopped) return
      const earlier = random.chance(0.15) ? traffic.earlier(random) : undefined
      await this.deliver(earlier ?? traffic.next(serverTime()), random.chance(0.25))
      // Bursts, and lulls in which commits are small.
      if (random.chance(0.7)) await pause(random.below(120))
    }
  }

  async #untilAnswered(batch: Batch, delivery: Delivery, isGzip: boolean): Promise<void> {
    const text = this.#options.traffic.body(batch)
    const body = isGzip ? gzipSync(text) : text
    for (;;) {
      const answer = await this.#post(await this.#options.whenUp(), body, isGzip)
      if (answer === undefined) {
        if (!delivery.mayBeCounted && !delivery.isAnswered) this.uncertain += batch.size
        delivery.mayBeCounted = true
      } else if (answer.status === 200) {
        this.#check(batch, delivery, answer.receipt, text)
        return
      } else if (answer.status === 503) await pause(20)
      else {
        this.faults.push(`body ${batch.number} was answered ${answer.status}: ${JSON.stringify(answer.receipt)}`)
        return
      }
    }
  }

  async #post({ url, token }: Up, body: string | Buffer, isGzip: boolean) {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-ndjson',
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    }
    try {
      const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body })
      return { status: answer.status, receipt: (await answer.json()) as Receipt }
    } catch {
      return undefined
    }
  }

  #check(batch: Batch, delivery: Delivery, receipt: Receipt, text: string): void {
    const { accepted, duplicates, rejected } = receipt
    const lines = text.split('\n').length
    const say = (what: string) => this.faults.push(`body ${batch.number}: ${what}, ${JSON.stringify(receipt)}`)
    if (accepted + duplicates + rejected !== lines) say(`the receipt is not one of ${lines} lines`)
    if (rejected !== batch.rejects) say(`${batch.rejects} lines were no events`)
    if (delivery.isAnswered && accepted > 0) say('events were counted again')
    // Those of an earlier body may count with either of the two, whichever comes first.
    const most = batch.size + (batch.repeats?.count ?? 0)
    if (accepted > most) say(`it has ${most} events`)
    const isWhole = accepted === batch.size || accepted === 0 || batch.repeats !== undefined
    if (!isWhole && !this.#wasRepeated(batch)) say('only a part of it was counted')
    if (accepted < batch.size && !delivery.mayBeCounted && !delivery.isAnswered && !this.#wasRepeated(batch)) {
      say('events that were never sent before are called duplicates')
    }
    this.accepted += accepted
    this.answered++
    delivery.isAnswered = true
  }

  #wasRepeated(batch: Batch): boolean {
    return this.#options.traffic.isRepeated(batch)
  }
}
