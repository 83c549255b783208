import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { anEvent } from '../../domain/an-event.ts'
import { SILENT_LOG } from '../../domain/log.ts'
import { commitEvents } from '../../store/commit-events.ts'
import { openDuckDbStore } from '../../store/duckdb/duckdb-store.ts'
import { openTestApp, TEST_NOW } from '../test-app.ts'
import { html } from './html.ts'

const usageEvent = (organizationId: string, time: number) => anEvent({ organizationId, time })

describe('the page at /', () => {
  test('shows each organization its own calls and its own newest one, as they are in the store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'routemeter-page-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    await using store = await openDuckDbStore({ path: join(folder, 'usage'), now: () => TEST_NOW, log: SILENT_LOG })
    await using open = await openTestApp({ describe: (organizationId) => store.describe(organizationId) })
    const mine = await open.sessionOf([], 'Mine')
    const { organization } = (await open.app.inject({ url: '/api/v2/tokens/me', headers: mine })).json()
    const [newest, others] = [TEST_NOW - 90_000, TEST_NOW - 1_000]
    const events = [newest, newest - 86_400_000, newest - 400 * 86_400_000].map((time) =>
      usageEvent(organization.id, time),
    )
    await commitEvents(store, [...events, ...Array.from({ length: 50 }, () => usageEvent('another', others))])
    const answer = await open.app.inject({ url: '/', headers: mine })
    expect(answer.body).toContain('<dd>3</dd>')
    expect(answer.body).toContain('2026-11-23 11:58:30 UTC')
    const empty = await open.app.inject({ url: '/', headers: await open.sessionOf([], 'Empty') })
    expect(empty.body).toContain('<dd>0</dd>')
  })

  test('shows somebody who is signed in what their own organization has counted', async () => {
    const asked: string[] = []
    await using open = await openTestApp({
      describe: async (organizationId) => {
        asked.push(organizationId)
        return { requests: 1_234_567, newestEvent: Date.UTC(2026, 10, 23, 9, 8, 7, 654) }
      },
    })
    const headers = await open.sessionOf([], 'Tom & <b>Jerry</b>')
    const { organization } = (await open.app.inject({ url: '/api/v2/tokens/me', headers })).json()
    const answer = await open.app.inject({ url: '/', headers })
    expect(answer.statusCode).toBe(200)
    expect(asked).toEqual([organization.id])
    expect(answer.body).toContain('<dd>1,234,567</dd>')
    expect(answer.body).toContain('<time datetime="2026-11-23T09:08:07.654Z">2026-11-23 09:08:07 UTC</time>')
    expect(answer.body).toContain('Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;')
    expect(answer.body).not.toContain('<form')
  })

  test('says that nothing was counted yet', async () => {
    await using open = await openTestApp()
    const answer = await open.app.inject({ url: '/', headers: await open.sessionOf([]) })
    expect(answer.body).toContain('<dd>0</dd>')
    expect(answer.body).toContain('none yet')
  })

  test.each<[string, Record<string, string>]>([
    ['nobody', {}],
    ['a session that is over', { cookie: 'routemeter_session=expired' }],
    ['an empty cookie', { cookie: 'routemeter_session=' }],
  ])('shows %s how to sign in and no numbers', async (_, headers) => {
    await using open = await openTestApp({ describe: () => Promise.reject(new Error('nobody may ask')) })
    const answer = await open.app.inject({ url: '/', headers })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toContain('Sign in')
    expect(answer.body).not.toContain('Calls counted')
  })

  test('shows a token’s owner no more than anybody: it is a page for browsers', async () => {
    await using open = await openTestApp({ describe: () => Promise.reject(new Error('nobody may ask')) })
    const answer = await open.app.inject({ url: '/', headers: await open.headersOf(['platform:admin']) })
    expect(answer.body).not.toContain('Calls counted')
  })

  test('and all that it uses come from here, and nothing that stands in it runs', async () => {
    await using open = await openTestApp()
    const answer = await open.app.inject('/')
    const csp = String(answer.headers['content-security-policy'])
    expect(csp).toContain("default-src 'none'")
    expect(csp).not.toMatch(/unsafe|\*|https?:/)
    expect(answer.body).not.toMatch(/https?:\/\/|<script>|<style|\sstyle=|\son\w+=/)
    const uses = [...answer.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => `/${url}`)
    expect(uses).toEqual(expect.arrayContaining(['/assets/page.css', '/assets/page.js', '/docs', '/openapi.json']))
    for (const url of uses) expect((await open.app.inject(url)).statusCode, url).toBe(200)
    expect((await open.app.inject('/assets/page.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
  })
})

test('html shows whatever is not html as text', () => {
  const inner = html`<b>${'&'}</b>`
  expect(html`<i title="${`"'<>`}">${inner}${1}</i>`.html).toBe('<i title="&quot;&#39;&lt;&gt;"><b>&amp;</b>1</i>')
})
