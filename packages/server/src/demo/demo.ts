import type { Log } from '../domain/log.ts'
import { registerClient } from '../identity/clients.ts'
import type { Ingest, Sender } from '../ingest/ingest.ts'
import type { MetadataDatabase } from '../metadata/database.ts'
import { readFlag, writeFlag } from '../metadata/flags.ts'
import { addRouteTemplates } from '../metadata/route-templates.ts'
import type { TemplateResolver } from '../templates/template-resolver.ts'
import { DEMO_CLIENTS } from './clients.ts'
import { february2020Clients, february2020Events } from './february-2020.ts'
import { platformTemplates } from './platform-templates.ts'
import { type DemoStory, demoMinute } from './traffic.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const SAMPLE_DAYS = 30
const EVENTS_A_BODY = 5_000
/** How long the bursting client has been burning its limit when the demo begins. */
const BAD_RELEASE_AGE_MS = 26 * 60 * MINUTE_MS

export interface DemoParts {
  readonly ingest: Ingest
  readonly resolver: TemplateResolver
  readonly metadata: MetadataDatabase
  readonly now: () => number
  readonly log: Log
}

export interface Demo {
  /** How many sample calls were loaded. */
  readonly calls: number
  /** Goes on with the story from now on, until it is disposed of. */
  goOn(): Disposable
}

/** Remembers the demo of this data folder: what is being told, up to when, and how many calls once it is all there. */
const FLAG = 'demo'

interface KeptDemo {
  readonly story: DemoStory
  readonly until: number
  readonly calls?: number
}

/**
 * The demo organization's sample data: made at the first start, found again by the others. A first start that was
 * interrupted is finished by the next; it sends the same events again, and the same ids count once.
 */
export async function openDemo(
  parts: DemoParts,
  owner: { readonly organizationId: string; readonly created: boolean },
): Promise<Demo> {
  const { metadata, now } = parts
  // The demo's own sender is no platform: it authorizes nobody anywhere.
  const sender: Sender = { organizationId: owner.organizationId, anyOrganization: false }
  const text = await readFlag(metadata, FLAG)
  if (text === undefined && !owner.created) return { calls: 0, goOn: () => ({ [Symbol.dispose]() {} }) }
  const kept = text === undefined ? newDemo(now()) : (JSON.parse(text) as KeptDemo)
  if (text === undefined) await writeFlag(metadata, FLAG, JSON.stringify(kept))
  const isLoaded = kept.calls !== undefined
  const calls = kept.calls ?? (await makeDemo(parts, sender, kept))
  const from = isLoaded ? now() : kept.until
  return { calls, goOn: () => startDemoTraffic(parts.ingest, sender, kept.story, { ...parts, from }) }
}

function newDemo(now: number): KeptDemo {
  return { story: { seed: 7, badReleaseAt: now - BAD_RELEASE_AGE_MS }, until: now }
}

async function makeDemo(parts: DemoParts, sender: Sender, demo: KeptDemo): Promise<number> {
  const { metadata, ingest, resolver, now } = parts
  const { organizationId } = sender
  await addRouteTemplates(metadata, organizationId, platformTemplates(), now())
  resolver.refresh(organizationId)
  for (const client of [...DEMO_CLIENTS, ...february2020Clients()]) {
    await registerClient(metadata, organizationId, { id: client.id, name: client.name }, now())
  }
  const calls = await loadDemo(ingest, sender, demo.story, demo.until)
  await writeFlag(metadata, FLAG, JSON.stringify({ ...demo, calls }))
  return calls
}

/**
 * A month of sample calls up to `until`, and a real February 2020, through the same door as everybody's events. Ids are
 * the same on every run, so that one that was interrupted is finished by running it again.
 */
async function loadDemo(ingest: Ingest, sender: Sender, story: DemoStory, until: number): Promise<number> {
  const february = february2020Events()
  let calls = february.length
  await send(ingest, sender, february)
  // One body is committed while the next is made.
  let underWay = Promise.resolve()
  let gathered: object[] = []
  for (let minute = Math.floor((until - SAMPLE_DAYS * DAY_MS) / MINUTE_MS); minute * MINUTE_MS < until; minute++) {
    const events = demoMinute(story, minute).filter((event) => event.time < until)
    calls += events.length
    gathered.push(...events)
    if (gathered.length < EVENTS_A_BODY) continue
    await underWay
    underWay = send(ingest, sender, gathered)
    gathered = []
  }
  await underWay
  await send(ingest, sender, gathered)
  return calls
}

/** Goes on with the story from `from` on, once a second, so that "now" is never empty; stops when disposed of. */
function startDemoTraffic(
  ingest: Ingest,
  sender: Sender,
  story: DemoStory,
  options: { readonly from: number; readonly now: () => number; readonly log: Log },
): Disposable {
  let sentUntil = options.from
  let sending = false
  const timer = setInterval(async () => {
    if (sending) return
    sending = true
    const until = options.now()
    try {
      await send(ingest, sender, eventsBetween(story, sentUntil, until))
      sentUntil = until
    } catch (error) {
      options.log.warn({ err: error }, 'the demo traffic was not taken; it is sent again')
    } finally {
      sending = false
    }
  }, 1000)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function eventsBetween(story: DemoStory, from: number, until: number): readonly object[] {
  const events: object[] = []
  for (let minute = Math.floor(from / MINUTE_MS); minute * MINUTE_MS < until; minute++) {
    events.push(...demoMinute(story, minute).filter((event) => event.time >= from && event.time < until))
  }
  return events
}

async function send(ingest: Ingest, sender: Sender, events: readonly object[]): Promise<void> {
  if (events.length === 0) return
  const body = new TextEncoder().encode(events.map((event) => JSON.stringify(event)).join('\n'))
  await ingest.accept(sender, 'native-ndjson', body)
}
