import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { configurationPage, describeConfig, helpForSettings } from './documentation.ts'
import { SETTING_NAMES, settingOf } from './settings.ts'

const SECRET = 'a-secret-that-is-long-enough'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-config-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

test('docs/configuration.md is what the table of settings says', async () => {
  await expect(configurationPage()).toMatchFileSnapshot('../../../../docs/configuration.md')
})

test('the page has a row for every setting', () => {
  for (const name of SETTING_NAMES) expect(configurationPage()).toContain(`| \`${name}\` |`)
})

test('the effective settings say where each came from and hide secrets', () => {
  const { config, origins } = readConfig({
    cwd,
    flags: { port: '0' },
    env: { ROUTEMETER_CLIENT_ID: 'admin', ROUTEMETER_CLIENT_SECRET: SECRET },
  })
  const rows = describeConfig(config, origins)
  expect(rows.map(({ setting }) => setting)).toEqual(SETTING_NAMES)
  expect(rows).toContainEqual({ setting: 'port', value: 0, from: '--port' })
  expect(rows).toContainEqual({ setting: 'clientSecret', value: '(hidden)', from: 'ROUTEMETER_CLIENT_SECRET' })
  expect(rows).toContainEqual({ setting: 'publicUrl', value: null, from: 'default' })
  expect(JSON.stringify(rows)).not.toContain(SECRET)
})

test('help has a flag for every setting but secrets, its default, and both forms of a switch', () => {
  const help = helpForSettings()
  expect(help.map(({ setting }) => setting)).toEqual(SETTING_NAMES.filter((name) => !settingOf(name).secret))
  expect(help).toContainEqual(
    expect.objectContaining({ flag: '--port <number>', text: expect.stringMatching(/\(8787\)$/) }),
  )
  expect(help).toContainEqual(expect.objectContaining({ flag: '--demo', hiddenFlag: '--no-demo' }))
  expect(help).toContainEqual(expect.objectContaining({ flag: '--no-demo-traffic', hiddenFlag: '--demo-traffic' }))
})
