import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { spoolBody } from './body-spool.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routemeter-spool-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function* pieces(count: number, bytes: number): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) yield String(index % 10).repeat(bytes)
}

test('a short body stays in memory', async () => {
  const body = await spoolBody(pieces(3, 10))
  expect(String(body)).toBe('000000000011111111112222222222')
})

test('a long body is read from a file that has no name, whole and in order', async () => {
  const body = await spoolBody(pieces(70, 100_000))
  expect(readdirSync(folder)).toEqual([])
  if (Buffer.isBuffer(body)) return expect.unreachable('it is in memory')
  const read = await buffer(body)
  expect(read.length).toBe(7_000_000)
  expect([0, 100_000, 4_299_999, 6_999_999].map((at) => String.fromCharCode(read[at] ?? 0))).toEqual([
    '0',
    '1',
    '2',
    '9',
  ])
})

test('a body without end is refused, and so is what fails', async () => {
  const endless = spoolBody(pieces(300, 1_000_000))
  await expect(endless).rejects.toMatchObject({ code: 'constraint.validation' })
  async function* failing(): AsyncGenerator<string> {
    yield 'x'.repeat(5 << 20)
    throw new Error('the store went away')
  }
  await expect(spoolBody(failing())).rejects.toThrow('the store went away')
  expect(readdirSync(folder)).toEqual([])
})
