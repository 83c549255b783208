import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { openTestApp } from '../test-app.ts'
import { readDashboard } from './dashboard-files.ts'

function builtFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'routemeter-dashboard-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'dashboard'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Built</title>')
  writeFileSync(join(folder, 'dashboard/index-abc.js'), 'export {}')
  writeFileSync(join(folder, 'dashboard/notes.txt'), 'not a part of it')
  return folder
}

test('a built dashboard stands at /, under a policy that lets in nothing from elsewhere and nothing inline', async () => {
  await using open = await openTestApp({ dashboard: readDashboard(builtFolder()) })
  const page = await open.app.inject('/')
  expect(page.body).toBe('<!doctype html><title>Built</title>')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.headers['cache-control']).toContain('no-store')
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
})

test('its files are named after their content and kept by browsers, compressed for whoever reads that', async () => {
  await using open = await openTestApp({ dashboard: readDashboard(builtFolder()) })
  const url = '/dashboard/index-abc.js'
  const plain = await open.app.inject(url)
  expect([plain.body, plain.headers['content-type']]).toEqual(['export {}', 'text/javascript; charset=utf-8'])
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(plain.headers.pragma).toBeUndefined()
  const zipped = await open.app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(zipped.rawPayload).toString()).toBe('export {}')
})

test('nothing but what was built is there', async () => {
  await using open = await openTestApp({ dashboard: readDashboard(builtFolder()) })
  for (const name of ['notes.txt', 'index-abc.js.map', '../index.html', '']) {
    expect((await open.app.inject(`/dashboard/${name}`)).statusCode, name).toBe(404)
  }
  expect(readDashboard(join(builtFolder(), 'dashboard'))).toBeUndefined()
})
