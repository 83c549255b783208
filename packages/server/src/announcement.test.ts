import { expect, test } from 'vitest'
import { type Announcement, announcement } from './announcement.ts'

const demo: Announcement = {
  version: '0.1.0',
  url: 'http://127.0.0.1:8787',
  data: './data',
  signInCode: 'c'.repeat(43),
  clientId: '5b0c9c1e-52d5-4c39-8f5f-6b7c0a1d2e01',
  clientSecret: 's'.repeat(43),
  secretFile: undefined,
  demoCalls: 446_423,
}

test('a demo’s announcement fits 80 columns and has everything to paste', () => {
  const lines = announcement(demo).split('\n')
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(lines).toContain('Routemeter 0.1.0: the demo organization, 446,423 calls')
  expect(lines).toContain(`  http://127.0.0.1:8787/#signin=${'c'.repeat(43)}`)
  expect(lines).toContain('  npx routemeter query --by clientId --interval 2020-02-01/2020-02-28')
})

test('on another address the line to paste says where', () => {
  expect(announcement({ ...demo, url: 'http://127.0.0.1:9000' })).toContain(
    '  ROUTEMETER_URL=http://127.0.0.1:9000 \\\n',
  )
})

test('a secret that nobody reads along is not printed: its file is named', () => {
  const text = announcement({
    ...demo,
    clientSecret: undefined,
    secretFile: '/data/first-client-secret',
    demoCalls: undefined,
  })
  expect(text).toContain('  Client secret  in /data/first-client-secret')
  expect(text).not.toContain('npx routemeter')
})

test('a later start tells no client and no secret', () => {
  const text = announcement({
    ...demo,
    clientId: undefined,
    clientSecret: undefined,
    signInCode: undefined,
    demoCalls: undefined,
  })
  expect(text).not.toMatch(/Client|signin/)
})
