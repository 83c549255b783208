import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const BUILT = join(import.meta.dirname, '../../packages/dashboard/dist')

test('all of the dashboard is at most 120 kB, compressed', () => {
  const names = ['index.html', ...readdirSync(join(BUILT, 'dashboard')).map((name) => `dashboard/${name}`)]
  const sizes = names.map((name) => gzipSync(readFileSync(join(BUILT, name))).length)
  expect(names.length).toBeGreaterThan(2)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(120_000)
})

test('the page has nothing inline, and nothing from elsewhere', () => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8')
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:/)
})
