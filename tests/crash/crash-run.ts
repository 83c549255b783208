import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Asked } from './asked.ts'
import { type Accounts, type Audit, audit, makeOrganizations, untilPastRetention } from './audit.ts'
import { Ledger } from './ledger.ts'
import { makeOldFolder } from './old-folder.ts'
import { Random } from './random.ts'
import { Senders } from './senders.ts'
import { ServerLife, type Up } from './server-life.ts'
import { LEAVING, Traffic } from './traffic.ts'

export interface CrashRunOptions {
  readonly kills: number
  readonly seed: number
  readonly say: (text: string) => void
}

export interface CrashSummary {
  readonly kills: number
  readonly events: number
  readonly lost: number
  readonly doubled: number
  readonly faults: readonly string[]
  readonly line: string
}

const DAY_MS = 86_400_000
/** Kills after which every count is compared. */
const AUDIT_EVERY = 10
/** Days that the clock begins in the past, and goes on in the run; event ids are remembered for longer. */
const DAYS = 20
const LONG_RETENTION = 24
const SHORT_RETENTION = 12

/** Kills a server again and again while it is sent events, and counts with it. Deterministic but for the machine's own time. */
export async function crashRun({ kills, seed, say }: CrashRunOptions): Promise<CrashSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-crash-'))
  const run = new CrashRun(folder, kills, seed, say)
  try {
    return await run.run()
  } finally {
    await run.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

class CrashRun {
  readonly #folder: string
  readonly #most: number
  readonly #say: (text: string) => void
  readonly #random: Random
  readonly #traffic: Traffic
  readonly #ledger = new Ledger()
  readonly #asked = new Asked()
  readonly #senders: Senders
  #data: string
  #life: ServerLife | undefined
  #up = Promise.withResolvers<Up>()
  #isUp = false
  #kills = 0
  #clockDays = 0
  /** Events that went past retention. */
  #left = 0
  #retentionMonths = LONG_RETENTION
  #startMs = 1000
  readonly #faults: string[] = []
  #last: Audit = { events: 0, lost: 0, doubled: 0, faults: [] }

  constructor(folder: string, kills: number, seed: number, say: (text: string) => void) {
    this.#folder = folder
    this.#data = folder
    this.#most = kills
    this.#say = say
    this.#random = new Random(seed, 0)
    this.#traffic = new Traffic(seed)
    this.#senders = new Senders({
      seed,
      traffic: this.#traffic,
      ledger: this.#ledger,
      whenUp: () => this.#up.promise,
      serverTime: () => this.#serverTime(),
      connections: 6,
    })
  }

  async run(): Promise<CrashSummary> {
    await this.#killFirstStarts()
    const accounts = await makeOrganizations(await this.#up.promise)
    this.#senders.go()
    for (;;) {
      await this.#sendWhatLeaves()
      this.#retentionMonths = SHORT_RETENTION
      const next = Math.min(this.#most, this.#kills + AUDIT_EVERY)
      do await this.#killOnce()
      while (this.#kills < next)
      await this.#audit(accounts)
      if (this.#kills >= this.#most || this.#faults.length > 0) break
      await this.#beginPeriod()
    }
    await this.#stopGently()
    await this.#audit(accounts)
    await this.#senders.stop()
    return this.#summary()
  }

  /** A day later on the server's clock, so that minutes are aged and another day of event ids begins. */
  async #beginPeriod(): Promise<void> {
    this.#retentionMonths = LONG_RETENTION
    // A query may wait for a day, and not longer.
    await this.#killOnce({ isAsking: false, days: Math.min(1, (DAYS * AUDIT_EVERY) / this.#most) })
  }

  async end(): Promise<void> {
    await this.#life?.kill()
  }

  /** New folders, and some of the oldest version, each killed while it is made or upgraded. The last one is used. */
  async #killFirstStarts(): Promise<void> {
    const folders = 2 * Math.ceil(this.#most / 100)
    for (let folder = 1; folder <= folders; folder++) {
      this.#data = mkdtempSync(join(this.#folder, 'data-'))
      if (folder % 2 === 0) await makeOldFolder(this.#data)
      const life = this.#newLife()
      await pause(this.#random.below(this.#startMs))
      await this.#kill(life)
      await this.#start()
      if (folder < folders) await this.#kill(this.#life)
    }
  }

  /** Some starts are killed, some servers at work, many about when upkeep runs, some while they stop. */
  async #killOnce({ isAsking = true, days = 0 } = {}): Promise<void> {
    const random = this.#random
    const life = this.#life
    const up = await this.#up.promise
    const kind = random.upTo(1)
    const after = kind < 0.45 ? 900 + random.below(500) : random.below(1800)
    if (isAsking) await this.#askFor(up, after)
    else await pause(after)
    if (kind > 0.9) {
      life?.terminate()
      await pause(random.below(60))
    }
    await this.#kill(life)
    this.#clockDays += days
    while (random.chance(0.25) && this.#kills < this.#most) {
      const start = this.#newLife()
      await pause(random.below(this.#startMs * 1.1))
      await this.#kill(start)
    }
    await this.#asked.check(await this.#start())
  }

  async #askFor(up: Up, milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds
    const today = new Date(this.#serverTime()).toISOString().slice(0, 10)
    for (;;) {
      const left = end - performance.now()
      if (left <= 0) return
      const asked = left > 100 ? this.#asked.ask(up, `${today}/${today}`) : undefined
      await pause(Math.min(left, 250))
      await asked
    }
  }

  #newLife(): ServerLife {
    this.#life = new ServerLife({
      data: this.#data,
      clockShiftMs: this.#clockShift(),
      retentionMonths: this.#retentionMonths,
    })
    return this.#life
  }

  async #start(): Promise<Up> {
    const before = performance.now()
    const life = this.#newLife()
    const up = await life.ready()
    life.whenEndedByItself((end) => this.#fail(new Error(`the server ended by itself: ${end}`)))
    this.#startMs = performance.now() - before
    this.#isUp = true
    this.#up.resolve(up)
    return up
  }

  async #kill(life: ServerLife | undefined): Promise<void> {
    this.#goDown()
    this.#asked.killed()
    this.#kills++
    await life?.kill()
    this.#note(life)
  }

  #goDown(): void {
    if (this.#isUp) this.#up = Promise.withResolvers()
    this.#isUp = false
  }

  /** Nobody would start it again: whoever waits for it is told. */
  #fail(error: Error): void {
    this.#goDown()
    this.#up.promise.catch(() => undefined)
    this.#up.reject(error)
  }

  #note(life: ServerLife | undefined): void {
    // Asked sees that this happens only to what was killed twice.
    const unexpected = life?.errors.filter((error) => !error.includes('its last attempt ended with the process'))
    for (const error of unexpected ?? []) this.#faults.push(`the server logged: ${error}`)
  }

  #clockShift(): number {
    return Math.floor((this.#clockDays - DAYS) * DAY_MS)
  }

  #serverTime(): number {
    return Date.now() + this.#clockShift()
  }

  /** Under the longer retention there comes usage that the shorter one takes out again, while it is killed. */
  async #sendWhatLeaves(): Promise<void> {
    for (let body = 0; body < 5; body++) {
      const batch = this.#traffic.next(this.#serverTime(), true)
      await this.#senders.deliver(batch, false)
      this.#left += batch.size
    }
  }

  async #audit(accounts: Accounts): Promise<void> {
    await this.#senders.rest()
    const up = await this.#up.promise
    this.#faults.push(...(await untilPastRetention(up, accounts, this.#ledger)))
    this.#ledger.forget(LEAVING)
    this.#last = await audit(up, accounts, this.#ledger, this.#serverTime())
    const { accepted, uncertain } = this.#senders
    const mostAccepted = this.#ledger.events + this.#left
    if (accepted > mostAccepted) this.#faults.push(`${accepted} accepted of ${mostAccepted}`)
    if (accepted + uncertain < mostAccepted) this.#faults.push(`${accepted} accepted, ${mostAccepted} answered`)
    this.#faults.push(...this.#last.faults, ...this.#senders.faults.splice(0), ...this.#asked.faults.splice(0))
    this.#say(`${this.#figures()}${this.#faults.length === 0 ? '' : `\n${this.#faults.slice(0, 20).join('\n')}`}`)
    this.#senders.go()
  }

  async #stopGently(): Promise<void> {
    await this.#senders.rest()
    this.#goDown()
    this.#life?.terminate()
    const code = await this.#life?.ended()
    this.#note(this.#life)
    if (code !== 0) this.#faults.push(`SIGTERM was answered with the exit code ${code}`)
    await this.#start()
  }

  #figures(): string {
    const { events, lost, doubled } = this.#last
    return `${this.#kills} kills, ${events} events, ${lost} lost, ${doubled} doubled`
  }

  #summary(): CrashSummary {
    const { events, lost, doubled } = this.#last
    const { answered, resent, uncertain } = this.#senders
    const more = `${answered} bodies answered, ${resent} resent after their answer, ${uncertain} events sent again without one, ${this.#asked.asked} queries promised`
    return { kills: this.#kills, events, lost, doubled, faults: this.#faults, line: `${this.#figures()} (${more})` }
  }
}
