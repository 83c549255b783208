import { afterAll, beforeAll, expect, test } from 'vitest'
import { inChromium } from '../chromium.ts'
import { type RunningServer, startRoutemeter } from '../running-server.ts'
import { DashboardBrowser } from './dashboard-browser.ts'

inChromium('the demo organization', () => {
  const parts = new AsyncDisposableStack()
  let server: RunningServer
  let browser: DashboardBrowser

  beforeAll(async () => {
    server = parts.use(await startRoutemeter({ args: ['--demo'] }))
    browser = parts.use(await DashboardBrowser.open(server.url))
    await browser.signIn()
  }, 180_000)
  afterAll(() => parts.disposeAsync())

  test('who is burning our rate limit? One click says who and since when, a second on which routes', async () => {
    const { page } = browser
    await page.getByRole('link', { name: 'Rate limits' }).click()
    const row = browser.row('Warehouse Export')
    await row.waitFor()
    expect(await row.textContent()).toContain('Over')
    expect(await row.locator('time').first().getAttribute('datetime')).toMatch(/T\d\d:\d\d:00/)
    await browser.inspect('rate-limits')
    await row.getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: 'Routes' }).waitFor()
    await browser.row('recordings').waitFor()
    await browser.inspect('rate-limits-routes')
  })

  test('a month of it is there at once', async () => {
    await browser.visit('overview?range=30d&zone=Europe/Berlin', 'Overview')
    await browser.page.getByText('Complete through').waitFor()
    await browser.inspect('demo-overview')
  })
})
