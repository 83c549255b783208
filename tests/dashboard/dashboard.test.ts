import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inChromium } from '../chromium.ts'
import { type RunningServer, startRoutemeter } from '../running-server.ts'
import { DashboardBrowser } from './dashboard-browser.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** 1,000 calls of the last hours: 600 of Shop (120 of them 429), 300 of Report, 100 of a client without a name. */
function callsOf(now: number): readonly object[] {
  const call = (index: number, about: object) => ({
    id: `call-${index}`,
    time: now - 5 * MINUTE - (index % 100) * MINUTE,
    method: 'GET',
    status: 200,
    durationMs: 20 + (index % 10),
    ...about,
  })
  const made = (from: number, calls: number, about: (index: number) => object) =>
    Array.from({ length: calls }, (_, index) => call(from + index, about(index)))
  const shop = { clientId: 'shop', clientName: 'Shop', userId: 'ann', templateUri: 'orders/{orderId}' }
  const report = { clientId: 'report', clientName: 'Report', userId: 'bob', templateUri: 'reports' }
  return [
    ...made(0, 600, (index) => ({ ...shop, status: index < 120 ? 429 : 200 })),
    ...made(600, 300, (index) => ({ ...report, status: index < 30 ? 500 : 200 })),
    ...made(900, 100, (index) => ({ clientId: 'quiet', path: `/depots/${'abcdefghij'[index % 10]}x/stock` })),
  ]
}

inChromium('the dashboard', () => {
  const parts = new AsyncDisposableStack()
  let server: RunningServer
  let browser: DashboardBrowser

  beforeAll(async () => {
    server = parts.use(await startRoutemeter())
    browser = parts.use(await DashboardBrowser.open(server.url))
  }, 60_000)
  afterAll(() => parts.disposeAsync())

  const row = (name: string) => browser.row(name)
  const cells = async (name: string) => (await row(name).getByRole('cell').allTextContents()).slice(0, 4)

  test('asks who comes to sign in, says when the secret is wrong, and says when nothing was counted', async () => {
    const { page } = browser
    await page.goto(server.url)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await browser.inspect('sign-in')
    await page.getByLabel('Client id').fill('nobody')
    await page.getByLabel('Client secret').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('There is no client with this id and secret.').waitFor()
    expect(await alert.textContent()).toMatch(/Correlation id [0-9a-f-]{36}/)
    // Chromium calls every 401 an error.
    expect(browser.complaints.splice(0)).toEqual([expect.stringContaining('401')])
    await browser.signIn()
    await page.getByRole('heading', { name: 'No calls here' }).waitFor()
    await page.getByRole('link', { name: 'connect a gateway' }).waitFor()
    await browser.inspect('empty')
  })

  test('Overview shows the numbers that were sent', async () => {
    const receipt = await server.send(callsOf(Date.now()))
    expect(receipt.accepted).toBe(1000)
    await browser.visit('overview?range=24h&zone=UTC', 'Overview')
    const stats = browser.page.locator('.stats')
    await stats.getByText('1,000').waitFor()
    // 120 with 429 and 30 with 500.
    expect(await stats.textContent()).toContain('15.0%')
    expect(await stats.textContent()).toMatch(/Rate limited \(429\)120/)
    await browser.page.getByText('Complete through').waitFor()
    await browser.page.getByRole('link', { name: 'Shop' }).first().waitFor()
    await browser.inspect('overview')
  })

  test('Clients lead to their routes, and the address alone shows another person the same', async () => {
    await browser.visit('clients?range=24h&zone=UTC', 'Clients')
    await row('Shop').waitFor()
    expect(await cells('Shop')).toEqual(['Shop', '600', '20.0%', '120'])
    expect(await cells('Report')).toEqual(['Report', '300', '10.0%', '0'])
    await browser.inspect('clients')
    await browser.page.getByRole('link', { name: 'Report' }).click()
    await browser.page.getByRole('heading', { level: 1, name: 'Routes' }).waitFor()
    await row('reports').waitFor()
    expect(await row('orders').count()).toBe(0)
    await browser.page.getByText('Client: Report').waitFor()
    await browser.inspect('routes')
    const address = browser.page.url()
    await using other = await DashboardBrowser.open(server.url)
    await other.signIn()
    await other.page.goto(address)
    await other.row('reports').waitFor()
    expect(await other.row('orders').count()).toBe(0)
  })

  test('Users can be searched and sorted with the keyboard', async () => {
    const { page } = browser
    await browser.visit('users?range=24h&zone=UTC', 'Users')
    await row('ann').waitFor()
    const first = () => page.locator('.scroll tbody tr td:first-child').first().textContent()
    expect(await first()).toBe('ann')
    await page.getByRole('button', { name: 'User' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('th[aria-sort="ascending"]').waitFor()
    expect(await first()).toBe('(none)')
    await page.getByRole('searchbox').fill('bo')
    await page.getByText('1 shown').waitFor()
    expect(await first()).toBe('bob')
    await browser.inspect('users')
  })

  test('a table is there as a file: CSV for spreadsheets, and Parquet', async () => {
    await browser.visit('routes?range=24h&zone=UTC', 'Routes')
    await row('reports').waitFor()
    const save = async (name: string) => {
      const [download] = await Promise.all([
        browser.page.waitForEvent('download'),
        browser.page.getByRole('button', { name }).click(),
      ])
      return readFileSync(await download.path())
    }
    const csv = (await save('CSV')).toString('utf8')
    expect(csv).toMatch(/^templateUri,requests,errorRate,status429,durationP95/)
    expect(csv).toContain('orders/{orderId},600,0.2,120,')
    expect((await save('Parquet')).subarray(0, 4).toString()).toBe('PAR1')
  })

  test('dragging over a chart shows that part, and the range is in the address', async () => {
    const { page } = browser
    await browser.visit('overview?range=6h&zone=UTC', 'Overview')
    const plot = await page.locator('.u-over').boundingBox()
    if (plot === null) throw new Error('there is no chart')
    await page.mouse.move(plot.x + plot.width * 0.5, plot.y + 50)
    await page.mouse.down()
    await page.mouse.move(plot.x + plot.width * 0.9, plot.y + 60, { steps: 4 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Reset zoom' }).waitFor()
    expect(decodeURIComponent(page.url())).toMatch(/range=\d{4}-\d\d-\d\dT[\d:]+Z\/\d{4}/)
    await page.getByRole('button', { name: 'Reset zoom' }).click()
    await page.getByRole('button', { name: 'Reset zoom' }).waitFor({ state: 'detached' })
  })

  test('Live shows a call as it is counted', async () => {
    const { page } = browser
    await browser.visit('live', 'Live')
    await page.locator('.state.live').waitFor()
    await server.send([
      { time: Date.now(), method: 'GET', path: '/now', status: 200, clientId: 'x', clientName: 'Just Now' },
    ])
    const since = performance.now()
    await row('Just Now').waitFor()
    expect(performance.now() - since).toBeLessThan(5_000)
    await browser.inspect('live')
  })

  test('Unmatched paths go when an OpenAPI document that knows them is dropped', async () => {
    const { page } = browser
    await browser.visit('unmatched', 'Unmatched paths')
    await row('depots').first().waitFor()
    await browser.inspect('unmatched')
    const info = { title: 'Depots', version: '1' }
    const document = JSON.stringify({ openapi: '3.1.0', info, paths: { '/depots/{depotId}/stock': { get: {} } } })
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([${JSON.stringify(document)}], 'depots.json', { type: 'application/json' }))
      return transfer
    })()`)
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped })
    await page.getByText('depots.json: 1 new templates').waitFor()
    await page.getByText('100 calls were counted anew').waitFor()
    await row('depots').first().waitFor({ state: 'detached' })
    expect(browser.complaints).toEqual([])
  })

  test('Clients and keys are made, given a new secret, disabled and ended', async () => {
    const { page } = browser
    await browser.visit('access', 'Clients and keys')
    await page.getByLabel('Name of a new client').fill('Finance')
    await page.getByRole('button', { name: 'Make a client' }).click()
    await page.getByText('The secret of Finance is shown this once').waitFor()
    const secret = () => page.locator('.made code').nth(1).textContent()
    const before = await secret()
    await page.getByRole('button', { name: 'New secret for Finance' }).click()
    await page.getByRole('button', { name: 'New secret for Finance: yes' }).click()
    await expect.poll(secret).not.toBe(before)
    await page.getByRole('button', { name: 'Disable Finance' }).click()
    await page.getByRole('button', { name: 'Disable Finance: yes' }).click()
    await row('Finance').getByText('disabled').waitFor()
    await page.getByLabel('Name of a new key').fill('Edge')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await page.getByText(/^rmk_/).waitFor()
    await browser.inspect('access')
    await page.getByRole('button', { name: 'End Edge' }).click()
    await page.getByRole('button', { name: 'End Edge: yes' }).click()
    await row('Edge').waitFor({ state: 'detached' })
  })

  test('Sources say what to paste, and when the first event has come', async () => {
    const { page } = browser
    await browser.visit('sources', 'Sources')
    await page.getByLabel('Source').selectOption('Kong')
    await page.getByRole('button', { name: 'Fill in a new key' }).click()
    await page.getByRole('button', { name: 'A new key is filled in' }).waitFor()
    const pasted = await page.getByRole('textbox', { name: 'Add the plugin' }).inputValue()
    expect(pasted).toContain(`${server.url}/v1/sources/kong`)
    const key = /rmk_[\w-]+/.exec(pasted)?.[0] ?? ''
    await page.getByText('Waiting for the first event').waitFor()
    await browser.inspect('sources')
    const line = {
      request: { id: 'k1', method: 'GET', uri: '/a' },
      response: { status: 200 },
      started_at: Date.now(),
    }
    // It tells what comes after it began to wait.
    await expect
      .poll(
        async () => {
          const body = JSON.stringify({ ...line, request: { ...line.request, id: crypto.randomUUID() } })
          await fetch(`${server.url}/v1/sources/kong`, { method: 'POST', headers: { 'x-api-key': key }, body })
          return page.locator('.waiting.done').count()
        },
        { timeout: 10_000 },
      )
      .toBe(1)
  })

  test('is read on a phone, in the dark, without scrolling sideways', async () => {
    await using phone = await DashboardBrowser.open(server.url, { width: 375, dark: true })
    await phone.signIn()
    await phone.visit('clients?range=24h&zone=UTC', 'Clients')
    await phone.row('Shop').waitFor()
    const overflow = await phone.page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    await phone.inspect('phone-dark')
    await phone.visit('overview?range=24h&zone=UTC', 'Overview')
    await phone.page.getByText('Complete through').waitFor()
    await phone.inspect('phone-overview')
  })

  test('says what went wrong, with the correlation id', async () => {
    const year = new Date(Date.now() - 400 * DAY).getUTCFullYear()
    await browser.visit(`overview?range=${year}-99-99/nothing&zone=UTC`, 'Overview')
    const alert = browser.page.getByRole('alert').first()
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(/Correlation id [0-9a-f-]{36}/)
    expect(browser.complaints.splice(0).every((text) => text.includes('400'))).toBe(true)
  })
})
