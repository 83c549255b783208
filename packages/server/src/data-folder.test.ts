import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'data-folder-'))
})

afterEach(() => rmSync(path, { recursive: true, force: true }))

function used(): void {
  const folder = openDataFolder(path)
  writeFileSync(folder.usageFile, 'usage')
  writeFileSync(folder.metadataFile, 'metadata')
  folder.seal()
}

test('a new folder is made, for its owner only', () => {
  const folder = openDataFolder(join(path, 'a/b'))
  expect(statSync(folder.path).mode & 0o777).toBe(0o700)
})

test('a folder that was in use opens again', () => {
  used()
  expect(openDataFolder(path).usageFile).toBe(join(path, 'usage.duckdb'))
})

test.each(['usage.duckdb', 'metadata.sqlite'])('a lost %s is reported, not made anew', (file) => {
  used()
  rmSync(join(path, file))
  expect(() => openDataFolder(path)).toThrow(`${join(path, file)} is missing`)
})

test('a first start that was interrupted before it was whole can be repeated', () => {
  writeFileSync(openDataFolder(path).usageFile, 'usage')
  expect(() => openDataFolder(path)).not.toThrow()
})

test('a folder of a newer version is refused and left as it is', () => {
  used()
  writeFileSync(join(path, 'routemeter.json'), '{"format":2}')
  expect(() => openDataFolder(path)).toThrow('newer Routemeter')
  expect(readFileSync(join(path, 'routemeter.json'), 'utf8')).toBe('{"format":2}')
})

test('what is no folder is named', () => {
  const file = join(path, 'file')
  writeFileSync(file, '')
  expect(() => openDataFolder(file)).toThrow(`The data folder ${file} cannot be used`)
})
