import { expect, test } from 'vitest'
import { BURSTING_CLIENT, DEMO_CALLS_ALLOWED_PER_MINUTE } from './clients.ts'
import { type DemoStory, demoMinute } from './traffic.ts'

const MINUTE_MS = 60_000
const now = Date.UTC(2026, 10, 23, 9, 30)
const story: DemoStory = { seed: 7, badReleaseAt: now - 26 * 3_600_000 }
const minutesOfDay = (year: number, month: number, day: number) =>
  Array.from({ length: 1440 }, (_, index) => Date.UTC(year, month, day) / MINUTE_MS + index)
const eventsOfDay = (year: number, month: number, day: number) =>
  minutesOfDay(year, month, day).flatMap((minute) => demoMinute(story, minute))

test('a minute is the same whenever it is made, whatever was made before it', () => {
  const minute = now / MINUTE_MS
  const alone = demoMinute(story, minute)
  demoMinute(story, minute - 1)
  expect(demoMinute(story, minute)).toEqual(alone)
  expect(demoMinute({ ...story, seed: 8 }, minute)).not.toEqual(alone)
})

test('ids are unique over a day, and every event lies in its minute', () => {
  const events = eventsOfDay(2026, 10, 18)
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length)
  for (const minute of minutesOfDay(2026, 10, 18)) {
    for (const { time } of demoMinute(story, minute)) expect(Math.floor(time / MINUTE_MS)).toBe(minute)
  }
})

test('weekdays are busier than weekends, office hours than nights', () => {
  const wednesday = eventsOfDay(2026, 10, 18)
  expect(wednesday.length).toBeGreaterThan(1.4 * eventsOfDay(2026, 10, 15).length)
  const inHours = (from: number, to: number) =>
    wednesday.filter(
      (event) => event.clientId !== BURSTING_CLIENT.id && hourOf(event.time) >= from && hourOf(event.time) < to,
    ).length
  expect(inHours(10, 16)).toBeGreaterThan(3 * inHours(22, 24))
})

test('one client runs into the limit from its bad release on, and never before', () => {
  const limited = (day: number) => eventsOfDay(2026, 10, day).filter((event) => event.status === 429)
  expect(limited(18)).toEqual([])
  const afterwards = limited(23)
  expect(afterwards.length).toBeGreaterThan(1000)
  expect(new Set(afterwards.map((event) => event.clientId))).toEqual(new Set([BURSTING_CLIENT.id]))
  const perMinute = Map.groupBy(
    eventsOfDay(2026, 10, 23).filter((event) => event.clientId === BURSTING_CLIENT.id),
    (event) => Math.floor(event.time / MINUTE_MS),
  )
  for (const events of perMinute.values()) {
    const refused = events.filter((event) => event.status === 429).length
    expect(refused).toBe(Math.max(0, events.length - DEMO_CALLS_ALLOWED_PER_MINUTE))
  }
})

test('one client has errors that the others have not', () => {
  const events = eventsOfDay(2026, 10, 18)
  const errorRate = (name: string) => {
    const own = events.filter((event) => event.clientName === name)
    return own.filter((event) => event.status >= 400).length / own.length
  }
  expect(errorRate('Legacy Importer')).toBeGreaterThan(0.2)
  expect(errorRate('Agent Desktop')).toBeLessThan(0.05)
})

function hourOf(time: number): number {
  return new Date(time).getUTCHours()
}
