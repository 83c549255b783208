import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runCli } from './cli-process.ts'
import { COMMANDS } from './commands.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

describe('routemeter', () => {
  test('says its version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('helps with every command in 80 columns, without colour', async () => {
    const general = await runCli(['--help'])
    const helps = await Promise.all(COMMANDS.map(({ name }) => runCli([name, '--help'])))
    for (const { name, summary } of COMMANDS) {
      expect(general.stdout).toMatch(new RegExp(`^ {2}${name}\\b.*${summary}$`, 'm'))
    }
    for (const { code, stdout, stderr } of [general, ...helps]) {
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).not.toContain('\u001b')
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    }
  })

  test('says what it can do, as wrong usage, when nothing is asked of it', async () => {
    const { code, stdout, stderr } = await runCli([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: routemeter')
  })

  test('suggests the command that was meant', async () => {
    const { code, stdout, stderr } = await runCli(['qurey'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      "error: unknown command 'qurey'\n(Did you mean query?)\n(routemeter --help lists what there is)\n",
    )
  })

  test('suggests the flag that was meant', async () => {
    const { code, stderr } = await runCli(['serve', '--prot', '1'])
    expect(code).toBe(2)
    expect(stderr).toContain("unknown option '--prot'\n(Did you mean --port?)")
  })
})
