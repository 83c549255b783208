import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessToken, type RunningServer, startRoutemeter } from './running-server.ts'

// Schemathesis makes requests out of the OpenAPI document, right ones and wrong ones, and compares each answer with it.
// tests/python/install.sh installs it; without it the tests are skipped, but never under CI.
const python = join(import.meta.dirname, 'python')
const program = join(python, '.venv-schemathesis/bin/schemathesis')
const SEED = '20260223'
const MOST_MS = 240_000

/** Wrong input that official clients send is accepted (wire.md §2): whether it is refused is no matter here. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
]
/** What would end the run's own credentials, and an answer without end. */
const NOT_CALLED = ['deleteTokensMe', 'getUsageLive']

interface Document {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>
}

describe.skipIf(!existsSync(program) && process.env.CI === undefined)('whatever is sent', () => {
  let server: RunningServer
  let folder: string
  let administrator: { readonly id: string; readonly secret: string }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'routemeter-fuzz-'))
    server = await startRoutemeter({ args: ['--rate-limit-per-minute', '0'] })
    const headers = { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ id: 'fuzzed', name: 'Fuzzed' })
    const made = await fetch(`${server.url}/v1/organizations`, { method: 'POST', headers, body })
    administrator = ((await made.json()) as { client: { id: string; secret: string } }).client
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** Without `default`, which would document every status. */
  async function strictDocument(): Promise<Document> {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document
    for (const { responses } of Object.values(document.paths).flatMap(Object.values)) delete responses.default
    return document
  }

  /** What Schemathesis says, and whether all was well. */
  async function fuzz(document: Document, token: string, args: readonly string[], kept: readonly string[] = []) {
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document))
    const all = [
      ...['run', 'openapi.json', '--url', server.url, '--header', `Authorization: Bearer ${token}`],
      ...['--checks', CHECKS.join(), '--seed', SEED, '--generation-database', 'none', '--no-color'],
      ...['--request-timeout', '20', '--continue-on-failure', '--suppress-health-check', 'all', ...args],
    ]
    const hooks = { SCHEMATHESIS_HOOKS: 'fuzz_hooks', FUZZ_KEEP: kept.join(), FUZZ_SEED: SEED }
    const env = { ...process.env, PYTHONPATH: python, ...hooks }
    const run = promisify(execFile)(program, all, { cwd: folder, env, maxBuffer: 1 << 28, timeout: MOST_MS })
    return run.then(
      ({ stdout }) => ({ isWell: true, stdout }),
      (failed: { stdout: string }) => ({ isWell: false, stdout: failed.stdout }),
    )
  }

  test.each(['an organization’s', 'the platform’s'])(
    'by %s administrator, no answer is a 5xx or another than documented',
    async (whose) => {
      const isPlatforms = whose === 'the platform’s'
      const client = isPlatforms ? { id: server.clientId, secret: server.clientSecret } : administrator
      const token = await accessToken(server.url, client.id, client.secret)
      const args = ['--max-examples', '60', ...NOT_CALLED.flatMap((id) => ['--exclude-operation-id', id])]
      const kept = [client.id, administrator.id, 'fuzzed']
      const { isWell, stdout } = await fuzz(await strictDocument(), token, args, kept)
      expect(isWell, stdout).toBe(true)
      expect(stdout).toMatch(/\d+ generated, \d+ passed/)
      const still = await fetch(`${server.url}/api/v2/tokens/me`, { headers: { authorization: `Bearer ${token}` } })
      expect(still.status, 'the run did not outlive its own token').toBe(200)
    },
    MOST_MS + 30_000,
  )

  test('an answer that is another than documented would be found', async () => {
    const document = await strictDocument()
    const lie = {
      200: { description: 'A lie', content: { 'application/json': { schema: { required: ['planted'] } } } },
    }
    document.paths['/livez'] = { get: { ...document.paths['/livez']?.get, responses: lie } }
    const { isWell, stdout } = await fuzz(document, await server.token(), ['--include-path', '/livez'])
    expect(isWell).toBe(false)
    expect(stdout).toContain('GET /livez')
    expect(stdout).toContain('"planted" is a required property')
  })
})
