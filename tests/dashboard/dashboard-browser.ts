import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { clientId, clientSecret } from '../running-server.ts'

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const ARTEFACTS = join(import.meta.dirname, '../../.artefacts/dashboard')

/** A browser in front of a server's dashboard: it complains of whatever the console, the network or axe complains of. */
export class DashboardBrowser implements AsyncDisposable {
  readonly page: Page
  readonly url: string
  /** Errors and warnings of the console, and requests that went anywhere else. */
  readonly complaints: string[] = []
  readonly #browser: Browser

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser
    this.page = page
    this.url = url
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('request', (request) => {
      if (!/^(?:blob:|data:)/.test(request.url()) && !request.url().startsWith(url)) this.complaints.push(request.url())
    })
  }

  static async open(url: string, options: { width?: number; dark?: boolean } = {}): Promise<DashboardBrowser> {
    const browser = await launchChromium()
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 800 },
      colorScheme: options.dark ? 'dark' : 'light',
      timezoneId: 'Europe/Berlin',
    })
    return new DashboardBrowser(browser, await context.newPage(), url)
  }

  async signIn(id = clientId, secret = clientSecret): Promise<void> {
    await this.page.goto(this.url)
    await this.page.getByLabel('Client id').fill(id)
    await this.page.getByLabel('Client secret').fill(secret)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  /** Goes to a page of the dashboard by its name and waits until its heading is there. */
  async visit(hash: string, title: string): Promise<void> {
    await this.page.goto(`${this.url}/#/${hash}`)
    await this.page.getByRole('heading', { level: 1, name: title }).waitFor()
  }

  /** A row of the page's tables; the legend of a chart is a table as well. */
  row(text: string): Locator {
    return this.page.locator('.scroll').getByRole('row', { name: new RegExp(text) })
  }

  /** A picture for people, in an ignored folder, and what axe finds: nothing. */
  async inspect(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true })
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`) })
    const found = await this.page.evaluate(`${AXE}; axe.run(document, ${JSON.stringify(AXE_OPTIONS)}).then((result) =>
      result.violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`)
    expect(found, name).toEqual([])
    expect(this.complaints, name).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

const AXE_OPTIONS = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }
