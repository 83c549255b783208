import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

/** Where Debian's package of that name puts it; `.ci/run` installs it. */
const executablePath = '/usr/bin/chromium'

/** Tests that need a real browser: left out where there is none, except in CI. */
export const inChromium = describe.skipIf(!existsSync(executablePath) && process.env.CI !== 'true')

export function launchChromium(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath, headless: true, args })
}
