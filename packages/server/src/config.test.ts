import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { flagOf, SETTING_NAMES, settingOf, variableOf } from './config/settings.ts'
import { ConfigProblem, type ConfigSources, readConfig } from './config.ts'

const SECRET = 'a-secret-that-is-long-enough'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'routemeter-config-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const read = (sources: ConfigSources = {}) => readConfig({ cwd, ...sources })
const writeJson = (name: string, value: unknown) => writeFileSync(join(cwd, name), JSON.stringify(value))
const settingsFile = (value: unknown) => writeJson('routemeter.config.json', value)

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    read(sources)
  } catch (error) {
    if (error instanceof ConfigProblem) return error.problems
    throw error
  }
  throw new Error('the settings were accepted')
}

describe('defaults', () => {
  test('are the contract’s where nothing is given', () => {
    const { config, origins } = read()
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8787,
      tlsCert: undefined,
      tlsKey: undefined,
      publicUrl: undefined,
      queryTimeoutSeconds: 30,
      trustProxy: false,
      corsOrigins: [],
      data: join(cwd, 'data'),
      retentionMonths: 0,
      storeMemoryMb: 1024,
      demo: false,
      demoTraffic: true,
      clientId: undefined,
      clientSecret: undefined,
      issuers: [],
      signInSecrets: undefined,
      dedupeDays: 35,
      dedupeMemoryMb: 512,
      maxBodyBytes: 16 * 1024 * 1024,
      readerThreads: 1,
      groupCommitMs: 10,
      groupCommitEvents: 20_000,
      maxEventsInFlight: 200_000,
      eventRateLimitPerMinute: 0,
      rateLimitPerMinute: 300,
      organizationRateLimitPerMinute: 0,
      resultHours: 24,
      maxConcurrentExecutions: 2,
      maxQueuedExecutions: 1000,
      maxLiveStreams: 50,
      executionTimeoutSeconds: 300,
      maxKeptResultMb: 512,
      caseSensitivePaths: true,
      maxRouteTemplates: 20_000,
      capClientId: 100_000,
      capUserId: 1_000_000,
      capTemplateUri: 20_000,
      capHttpMethod: 100,
      capPlatform: 1000,
      logLevel: 'info',
      shutdownSeconds: 25,
      upkeepSeconds: 60,
    })
    expect(new Set(Object.values(origins).map(({ from }) => from))).toEqual(new Set(['default']))
  })

  test('cannot be changed by whoever holds the settings', () => {
    const { config } = read({ flags: { corsOrigins: ['https://app.example.com'] } })
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.corsOrigins)).toBe(true)
  })
})

describe('precedence', () => {
  const FILE = { port: 1001 }
  const ENV = { ROUTEMETER_PORT: '1002' }
  const FLAGS = { port: '1003' }

  test('is flag, environment, file, default, each with where it came from', () => {
    settingsFile(FILE)
    const path = join(cwd, 'routemeter.config.json')
    const flagged = read({ flags: FLAGS, env: ENV })
    expect([flagged.config.port, flagged.origins.port]).toEqual([1003, { from: 'flag', name: '--port' }])
    const fromEnv = read({ env: ENV })
    expect([fromEnv.config.port, fromEnv.origins.port]).toEqual([
      1002,
      { from: 'environment', name: 'ROUTEMETER_PORT' },
    ])
    const fromFile = read()
    expect([fromFile.config.port, fromFile.origins.port]).toEqual([1001, { from: 'file', name: path }])
  })

  test('a flag that is not given and an empty variable leave the weaker source standing', () => {
    settingsFile(FILE)
    expect(read({ flags: { port: undefined }, env: { ROUTEMETER_PORT: '' } }).config.port).toBe(1001)
  })

  test('a switch can be turned off again by a stronger source', () => {
    settingsFile({ demo: true })
    expect(read({ env: { ROUTEMETER_DEMO: 'false' } }).config.demo).toBe(false)
    expect(read({ flags: { demo: false } }).config.demo).toBe(false)
    expect(read({ flags: { demo: true }, env: { ROUTEMETER_DEMO: 'false' } }).config.demo).toBe(true)
  })

  test('a wrong value is wrong even where a stronger source overrides it', () => {
    settingsFile({ port: 'x' })
    expect(problemsOf({ flags: { port: '1' } })).toHaveLength(1)
  })

  test('every setting can be given by its variable, every one but secrets by its flag and in the file', () => {
    const TEXT: Record<string, string> = {
      host: 'localhost',
      publicUrl: 'https://usage.example.com',
      corsOrigins: 'https://app.example.com',
      data: 'elsewhere',
      logLevel: 'warn',
      clientId: 'admin',
      clientSecret: SECRET,
      issuers: '[]',
      signInSecrets: '{}',
    }
    writeFileSync(join(cwd, 'pem'), '')
    const textOf = (name: string, type: string | undefined) =>
      TEXT[name] ?? (type === 'integer' ? '64' : type === 'boolean' ? 'true' : 'pem')
    const COMPANION = { ROUTEMETER_CLIENT_ID: 'admin', ROUTEMETER_CLIENT_SECRET: SECRET, ROUTEMETER_TLS_CERT: 'pem' }
    for (const name of SETTING_NAMES) {
      const { type } = settingOf(name).schema as { type?: string }
      const text = name.startsWith('cap') || type !== 'integer' ? textOf(name, type) : '128'
      const value = name === 'maxBodyBytes' ? '2048' : name === 'maxConcurrentExecutions' ? '4' : text
      const env = { ...COMPANION, ROUTEMETER_TLS_KEY: 'pem' }
      expect(read({ env: { ...env, [variableOf(name)]: value } }).origins[name]).toEqual({
        from: 'environment',
        name: variableOf(name),
      })
      if (settingOf(name).secret) continue
      const flagged = read({ env, flags: { [name]: type === 'boolean' ? true : value } })
      expect(flagged.origins[name]).toEqual({ from: 'flag', name: flagOf(name) })
      const inFile = type === 'array' ? [value] : type === 'integer' ? Number(value) : type === 'boolean' || value
      settingsFile({ [name]: settingOf(name).kind === 'json' ? JSON.parse(value) : inFile })
      const companions = Object.fromEntries(Object.entries(env).filter(([variable]) => variable !== variableOf(name)))
      const fromFile = read({ env: companions })
      expect(fromFile.origins[name].from).toBe('file')
      expect(fromFile.config[name]).toEqual(flagged.config[name])
      rmSync(join(cwd, 'routemeter.config.json'))
    }
  })
})

describe('values', () => {
  test('whole numbers survive the way through text exactly, whatever they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (port) => {
        expect(read({ env: { ROUTEMETER_PORT: String(port) } }).config.port).toBe(port)
      }),
    )
  })

  test.each(['-1', '65536', '8787.5', '0x10', '1e3', '8 7', 'Infinity', 'NaN', 'eighty', '８７'])(
    'a port of %s is refused in every source',
    (text) => {
      const rule = `must be a whole number from 0 to 65535, not ${JSON.stringify(text)}`
      expect(problemsOf({ flags: { port: text } })).toEqual([`--port ${rule}`])
      expect(problemsOf({ env: { ROUTEMETER_PORT: text } })).toEqual([`ROUTEMETER_PORT ${rule}`])
    },
  )

  test('the file has JSON values: text in a number’s place is refused', () => {
    settingsFile({ port: '8787', demo: 'true', host: null, corsOrigins: 'https://app.example.com', dedupeDays: 3.5 })
    expect(problemsOf({})).toEqual([
      '"port" in routemeter.config.json must be a whole number from 0 to 65535, not "8787"',
      '"demo" in routemeter.config.json must be true or false, not "true"',
      '"host" in routemeter.config.json must be a host name or an address, not null',
      '"corsOrigins" in routemeter.config.json must be a list of origins such as https://app.example.com, not "https://app.example.com"',
      '"dedupeDays" in routemeter.config.json must be a whole number from 1 to 3650, not 3.5',
    ])
  })

  test('a switch is true or false, nothing near it', () => {
    expect(read({ env: { ROUTEMETER_TRUST_PROXY: 'TRUE' } }).config.trustProxy).toBe(true)
    expect(problemsOf({ env: { ROUTEMETER_TRUST_PROXY: 'yes' } })).toEqual([
      'ROUTEMETER_TRUST_PROXY must be true or false, not "yes"',
    ])
    // Names that every object has.
    expect(problemsOf({ env: { ROUTEMETER_TRUST_PROXY: 'constructor' } })).toHaveLength(1)
  })

  test('a word out of a list names the list', () => {
    expect(problemsOf({ flags: { logLevel: 'loud' } })).toEqual([
      '--log-level must be one of debug, info, warn, error, silent, not "loud"',
    ])
  })

  test('a list is separated by commas, repeated, or an array in the file', () => {
    const both = ['https://a.example', 'http://b.example:8080']
    expect(read({ flags: { corsOrigins: both } }).config.corsOrigins).toEqual(both)
    expect(read({ flags: { corsOrigins: [`${both[0]}, ${both[1]}`] } }).config.corsOrigins).toEqual(both)
    expect(read({ env: { ROUTEMETER_CORS_ORIGINS: both.join(',') } }).config.corsOrigins).toEqual(both)
    settingsFile({ corsOrigins: both })
    expect(read().config.corsOrigins).toEqual(both)
  })

  test.each(['*', 'app.example.com', 'https://app.example.com/', 'https://*.example.com', 'null'])(
    'an origin of %s is refused',
    (origin) => {
      expect(problemsOf({ flags: { corsOrigins: [origin] } })).toHaveLength(1)
    },
  )

  test('the public address loses the slash at its end and keeps its path', () => {
    expect(read({ flags: { publicUrl: 'https://example.com/usage/' } }).config.publicUrl).toBe(
      'https://example.com/usage',
    )
    expect(problemsOf({ flags: { publicUrl: 'example.com' } })).toEqual([
      '--public-url must be an http or https address such as https://usage.example.com, not "example.com"',
    ])
  })

  test('a long or many-line value is shown short and on one line', () => {
    const [message] = problemsOf({ env: { ROUTEMETER_PORT: `1\n${'2'.repeat(500)}` } })
    expect(message).not.toContain('\n')
    expect(message?.length).toBeLessThan(200)
  })
})

describe('outside issuers', () => {
  const ISSUER = {
    issuer: 'https://login.example.com/',
    audience: 'https://usage.example.com',
    organizations: ['acme'],
    maxPermissions: ['usage:organization:view'],
  }
  const EVERY_ALGORITHM = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
  const withDefaults = {
    ...ISSUER,
    permissionsClaim: 'scope',
    clockSkewSeconds: 60,
    algorithms: EVERY_ALGORITHM,
  }

  test('are the same as JSON in the file, a variable or a flag; what is left out has its default', () => {
    expect(read({ env: { ROUTEMETER_ISSUERS: JSON.stringify([ISSUER]) } }).config.issuers).toEqual([withDefaults])
    expect(read({ flags: { issuers: JSON.stringify([ISSUER]) } }).config.issuers).toEqual([withDefaults])
    settingsFile({ issuers: [ISSUER] })
    const { issuers } = read().config
    expect(issuers).toEqual([withDefaults])
    expect(Object.isFrozen(issuers[0]) && Object.isFrozen(issuers[0]?.organizations)).toBe(true)
  })

  test('with mistakes are refused, each named with its place', () => {
    const { audience: _, ...withoutAudience } = ISSUER
    settingsFile({
      issuers: [
        { ...withoutAudience, audiance: 'x', issuer: 'http://login.example.com', clockSkewSeconds: 601 },
        { ...ISSUER, organizations: [], maxPermissions: ['usage:all'], algorithms: ['HS256'] },
        { ...ISSUER, organizationClaim: '' },
        'https://login.example.com',
      ],
    })
    const place = '"issuers" in routemeter.config.json: issuers'
    const http = 'an https address such as https://login.example.com; http only of this machine itself'
    const orgs = 'a list of organization ids: 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-" each'
    expect(problemsOf({})).toEqual([
      `${place}[0].audiance is no field; did you mean audience?`,
      `${place}[0].issuer must be ${http}, not "http://login.example.com"`,
      `${place}[0].audience is missing; it must be a text of 1 to 256 characters`,
      `${place}[0].clockSkewSeconds must be a whole number from 0 to 600, not 601`,
      `${place}[1].organizations must be ${orgs}, not []`,
      expect.stringMatching(/issuers\[1\]\.maxPermissions must be a list of permissions: .*, not \["usage:all"\]$/),
      expect.stringMatching(/issuers\[1\]\.algorithms must be a list of RS256, .*, not \["HS256"\]$/),
      `${place}[2].organizationClaim must be the name of a claim, with dots into nested ones, not ""`,
      `${place}[3] must be an object, not "https://login.example.com"`,
    ])
  })

  test('several organizations need a claim that says which, and an issuer has one entry', () => {
    const two = { ...ISSUER, organizations: ['acme', 'beta'] }
    expect(problemsOf({ flags: { issuers: JSON.stringify([two, ISSUER]) } })).toEqual([
      '--issuers: issuers[0].organizationClaim is missing; with several organizations a token must say which it is for',
      '--issuers: issuers[1].issuer is that of issuers[0] too: one entry for each issuer',
    ])
    expect(read({ flags: { issuers: JSON.stringify([{ ...two, organizationClaim: 'org' }]) } }).config.issuers).toEqual(
      [{ ...withDefaults, organizations: ['acme', 'beta'], organizationClaim: 'org' }],
    )
  })

  test.each(['http://127.0.0.1:8080/realms/a', 'http://localhost', 'http://[::1]:1'])('may be at %s', (issuer) => {
    expect(read({ flags: { issuers: JSON.stringify([{ ...ISSUER, issuer }]) } }).config.issuers[0]?.issuer).toBe(issuer)
  })

  test.each(['http://127.0.0.1.example.com', 'https://a:b@example.com', 'https://example.com?x', 'ftp://example.com'])(
    'may not be at %s',
    (issuer) => {
      expect(problemsOf({ flags: { issuers: JSON.stringify([{ ...ISSUER, issuer }]) } })).toHaveLength(1)
    },
  )

  test('for signing in have their mistakes named as well, and an address each', () => {
    const signIn = { id: 'acme', name: 'Acme', clientId: 'routemeter' }
    const wrong = { ...ISSUER, signIn: { ...signIn, id: 'Acme Login', scope: 'profile', secret: 'x' } }
    const missing = { ...ISSUER, issuer: 'https://b.example', signIn: {} }
    const problems = problemsOf({ flags: { issuers: JSON.stringify([wrong, missing]) } })
    expect(problems.map((problem) => problem.slice('--issuers: issuers'.length))).toEqual([
      '[0].signIn.secret is no field; there are id, name, clientId, scope',
      '[0].signIn.id must be 1 to 32 of a-z, 0-9 and "-", not "Acme Login"',
      '[0].signIn.scope must be scopes with spaces between them, openid among them, not "profile"',
      '[1].signIn.id is missing; it must be 1 to 32 of a-z, 0-9 and "-"',
      '[1].signIn.name is missing; it must be a text of 1 to 64 characters',
      '[1].signIn.clientId is missing; it must be a text of 1 to 256 characters',
    ])
    const twice = [
      { ...ISSUER, signIn },
      { ...ISSUER, issuer: 'https://b.example', signIn },
    ]
    expect(problemsOf({ flags: { issuers: JSON.stringify(twice) } })).toEqual([
      '--issuers: issuers[1].signIn.id is that of issuers[0] too: each needs an address of its own',
    ])
    const { issuers } = read({ flags: { issuers: JSON.stringify([{ ...ISSUER, signIn }]) } }).config
    expect(issuers[0]?.signIn).toEqual({ ...signIn, scope: 'openid profile' })
  })

  test('have their client secrets by variable or file only, each for one of them, never shown', () => {
    const issuers = JSON.stringify([{ ...ISSUER, signIn: { id: 'acme', name: 'Acme', clientId: 'routemeter' } }])
    writeJson('secrets.json', { acme: SECRET })
    expect(read({ flags: { issuers }, env: { ROUTEMETER_SIGN_IN_SECRETS_FILE: 'secrets.json' } }).config).toMatchObject(
      { signInSecrets: { acme: SECRET } },
    )
    expect(problemsOf({ flags: { issuers, signInSecrets: '{}' } })).toHaveLength(1)
    const other = { ROUTEMETER_SIGN_IN_SECRETS: JSON.stringify({ acmee: SECRET }) }
    expect(problemsOf({ flags: { issuers }, env: other })).toEqual([
      'ROUTEMETER_SIGN_IN_SECRETS has a secret for "acmee", but the signIn.id of issuers are: acme',
    ])
    for (const wrong of [SECRET, JSON.stringify([SECRET]), JSON.stringify({ acme: [SECRET] })]) {
      const [problem] = problemsOf({ flags: { issuers }, env: { ROUTEMETER_SIGN_IN_SECRETS: wrong } })
      expect(problem).toContain('ROUTEMETER_SIGN_IN_SECRETS must be an object in JSON such as {"acme": "the secret"}')
      expect(problem).not.toContain(SECRET)
    }
  })

  test('that are no list in JSON are refused', () => {
    expect(problemsOf({ env: { ROUTEMETER_ISSUERS: 'https://login.example.com' } })).toEqual([
      'ROUTEMETER_ISSUERS must be a list of objects in JSON; what came is no JSON',
    ])
    expect(problemsOf({ env: { ROUTEMETER_ISSUERS: '{}' } })).toEqual([
      'ROUTEMETER_ISSUERS: issuers must be a list, not {}',
    ])
  })
})

describe('paths', () => {
  test('are relative to the working directory, and in a file to the file’s folder', () => {
    mkdirSync(join(cwd, 'etc'))
    writeJson('etc/own.json', { data: 'kept' })
    expect(read({ flags: { data: 'kept' } }).config.data).toBe(join(cwd, 'kept'))
    expect(read({ flags: { config: 'etc/own.json' } }).config.data).toBe(join(cwd, 'etc', 'kept'))
    expect(read({ flags: { data: '/var/lib/routemeter' } }).config.data).toBe('/var/lib/routemeter')
  })

  test('a certificate that cannot be read is named with the reason', () => {
    writeFileSync(join(cwd, 'key.pem'), '')
    expect(problemsOf({ flags: { tlsCert: 'cert.pem', tlsKey: 'key.pem' } })).toEqual([
      `--tls-cert names ${join(cwd, 'cert.pem')}, which cannot be read: no such file or directory`,
    ])
    writeFileSync(join(cwd, 'cert.pem'), '')
    const { config } = read({ flags: { tlsCert: 'cert.pem', tlsKey: 'key.pem' } })
    expect([config.tlsCert, config.tlsKey]).toEqual([join(cwd, 'cert.pem'), join(cwd, 'key.pem')])
  })

  test('a certificate without its key is refused, and a key without its certificate', () => {
    writeFileSync(join(cwd, 'pem'), '')
    expect(problemsOf({ flags: { tlsCert: 'pem' } })).toEqual([
      '--tls-cert needs --tls-key or ROUTEMETER_TLS_KEY as well: only both together',
    ])
    settingsFile({ tlsKey: 'pem' })
    expect(problemsOf({})).toEqual(['"tlsKey" needs --tls-cert or ROUTEMETER_TLS_CERT as well: only both together'])
  })
})

describe('the settings file', () => {
  test('is routemeter.config.json, or what --config names before ROUTEMETER_CONFIG', () => {
    settingsFile({ port: 1 })
    writeJson('two.json', { port: 2 })
    writeJson('three.json', { port: 3 })
    expect(read().config.port).toBe(1)
    expect(read({ env: { ROUTEMETER_CONFIG: 'two.json' } }).config.port).toBe(2)
    expect(read({ env: { ROUTEMETER_CONFIG: 'two.json' }, flags: { config: 'three.json' } }).config.port).toBe(3)
  })

  test('may be missing only when nobody named it', () => {
    expect(read().config.port).toBe(8787)
    expect(problemsOf({ flags: { config: 'gone.json' } })).toEqual([
      `The settings file ${join(cwd, 'gone.json')} cannot be read: no such file or directory`,
    ])
  })

  test('may begin with a byte order mark', () => {
    writeFileSync(join(cwd, 'routemeter.config.json'), '\uFEFF{"port": 5}')
    expect(read().config.port).toBe(5)
  })

  test('that is no JSON object is refused with one line', () => {
    for (const text of ['{"port": 1,\n}', '', 'port: 1']) {
      writeFileSync(join(cwd, 'routemeter.config.json'), text)
      const [message, ...more] = problemsOf({})
      expect(message).toContain('is no JSON')
      expect(message).not.toContain('\n')
      expect(more).toEqual([])
    }
    for (const value of [[], 1, null, 'port']) {
      settingsFile(value)
      expect(problemsOf({})[0]).toContain('must hold a JSON object')
    }
  })
})

describe('unknown names', () => {
  test('are refused in each source, with the nearest right one', () => {
    settingsFile({ dedupDays: 3 })
    expect(problemsOf({ flags: { prot: '1' }, env: { ROUTEMETER_PROT: '1' } })).toEqual([
      '"dedupDays" in routemeter.config.json is no setting; did you mean dedupeDays?',
      'ROUTEMETER_PROT is no setting; did you mean ROUTEMETER_PORT?',
      '--prot is no setting; did you mean --port?',
    ])
  })

  test('far from any setting say where the list is, and never show the value, which may be a secret', () => {
    const [message] = problemsOf({ env: { ROUTEMETER_XYZZY: SECRET } })
    expect(message).toBe('ROUTEMETER_XYZZY is no setting; `routemeter config` lists them all')
    expect(problemsOf({ env: { ROUTEMETER_CLIENT_SECRT: SECRET } }).join()).not.toContain(SECRET)
  })

  test('the CLI’s variable and those of other programs do not stop the start', () => {
    expect(read({ env: { ROUTEMETER_URL: 'http://x', PORT: '1', routemeter_port: '2' } }).config.port).toBe(8787)
  })

  test('the scaled-out engines’ settings stop the start, without their value', () => {
    const url = 'https://user:password@clickhouse'
    settingsFile({ postgresUrl: url })
    const problems = problemsOf({ env: { ROUTEMETER_CLICKHOUSE_URL: url } })
    expect(problems).toEqual([
      '"postgresUrl" in routemeter.config.json cannot be used: this version of Routemeter has only the embedded engine, leave it out',
      'ROUTEMETER_CLICKHOUSE_URL cannot be used: this version of Routemeter has only the embedded engine, leave it out',
    ])
  })
})

describe('the first client’s credentials', () => {
  const ID = { ROUTEMETER_CLIENT_ID: 'admin' }

  test('come from variables, or from files without the line end that editors add', () => {
    expect(read({ env: { ...ID, ROUTEMETER_CLIENT_SECRET: SECRET } }).config.clientSecret).toBe(SECRET)
    writeFileSync(join(cwd, 'secret'), `${SECRET}\r\n`)
    writeFileSync(join(cwd, 'id'), 'admin\n')
    const { config, origins } = read({
      env: { ROUTEMETER_CLIENT_ID_FILE: 'id', ROUTEMETER_CLIENT_SECRET_FILE: join(cwd, 'secret') },
    })
    expect([config.clientId, config.clientSecret]).toEqual(['admin', SECRET])
    expect(origins.clientSecret).toEqual({ from: 'environment', name: 'ROUTEMETER_CLIENT_SECRET_FILE' })
  })

  test('come only together', () => {
    expect(problemsOf({ env: ID })).toEqual([
      'ROUTEMETER_CLIENT_ID needs ROUTEMETER_CLIENT_SECRET or ROUTEMETER_CLIENT_SECRET_FILE as well: only both together',
    ])
    expect(problemsOf({ env: { ROUTEMETER_CLIENT_SECRET: SECRET } })).toEqual([
      'ROUTEMETER_CLIENT_SECRET needs --client-id or ROUTEMETER_CLIENT_ID or ROUTEMETER_CLIENT_ID_FILE as well: only both together',
    ])
    expect(read({ flags: { clientId: 'admin' }, env: { ROUTEMETER_CLIENT_SECRET: SECRET } }).config.clientId).toBe(
      'admin',
    )
  })

  test('a secret of 24 characters is long enough, a shorter one is refused without being shown', () => {
    expect(read({ env: { ...ID, ROUTEMETER_CLIENT_SECRET: 'x'.repeat(24) } }).config.clientSecret).toHaveLength(24)
    expect(problemsOf({ env: { ...ID, ROUTEMETER_CLIENT_SECRET: 'hunter2-hunter2-hunter2' } })).toEqual([
      'ROUTEMETER_CLIENT_SECRET must be 24 to 1024 printable ASCII characters; what came has 23',
    ])
  })

  test.each(['', 'a:b', 'a b', 'é', 'x'.repeat(257)])(
    'an id of "%s", which HTTP Basic cannot carry, is refused',
    (id) => {
      expect(problemsOf({ flags: { clientId: id }, env: { ROUTEMETER_CLIENT_SECRET: SECRET } })[0]).toMatch(
        /^--client-id must be 1 to 256 printable ASCII characters without space and colon, not "/,
      )
    },
  )

  test('an id may be anything printable, 256 characters long', () => {
    const id = '!"#$%&\'()*+,-./0123456789;<=>?@AZ[\\]^_`az{|}~'.padEnd(256, 'x')
    expect(read({ flags: { clientId: id }, env: { ROUTEMETER_CLIENT_SECRET: SECRET } }).config.clientId).toBe(id)
  })

  test('a secret has no flag and no place in the file', () => {
    settingsFile({ clientSecret: SECRET })
    const rule = 'is refused: a secret is given by ROUTEMETER_CLIENT_SECRET or ROUTEMETER_CLIENT_SECRET_FILE only'
    expect(problemsOf({ flags: { clientSecret: SECRET } })).toEqual([
      `"clientSecret" in routemeter.config.json ${rule}`,
      `--client-secret ${rule}`,
    ])
  })

  test('a secret given twice is refused, and so is a file that cannot be read or is empty', () => {
    writeFileSync(join(cwd, 'secret'), SECRET)
    writeFileSync(join(cwd, 'empty'), '\n')
    expect(
      problemsOf({ env: { ...ID, ROUTEMETER_CLIENT_SECRET: SECRET, ROUTEMETER_CLIENT_SECRET_FILE: 'secret' } }),
    ).toEqual(['ROUTEMETER_CLIENT_SECRET and ROUTEMETER_CLIENT_SECRET_FILE are both set: leave one out'])
    expect(problemsOf({ env: { ...ID, ROUTEMETER_CLIENT_SECRET_FILE: 'gone' } })).toEqual([
      `ROUTEMETER_CLIENT_SECRET_FILE names ${join(cwd, 'gone')}, which cannot be read: no such file or directory`,
    ])
    expect(problemsOf({ env: { ...ID, ROUTEMETER_CLIENT_SECRET_FILE: 'empty' } })).toEqual([
      'ROUTEMETER_CLIENT_SECRET_FILE must be 24 to 1024 printable ASCII characters; what came has 0',
    ])
  })
})

describe('the message', () => {
  test('is one line for one wrong setting', () => {
    expect(() => read({ flags: { port: 'x' } })).toThrow(
      new ConfigProblem(['--port must be a whole number from 0 to 65535, not "x"']),
    )
    expect(new ConfigProblem(['a']).message).toBe('a')
  })

  test('names every wrong setting of every source at once', () => {
    settingsFile({ prot: 1, port: -1 })
    const sources = { flags: { host: '' }, env: { ROUTEMETER_DATA_DIR: '/x', ROUTEMETER_DEDUPE_DAYS: '0' } }
    expect(() => read(sources)).toThrow(
      [
        '5 settings cannot be used:',
        '  "prot" in routemeter.config.json is no setting; did you mean port?',
        '  ROUTEMETER_DATA_DIR is no setting; did you mean ROUTEMETER_DATA?',
        '  "port" in routemeter.config.json must be a whole number from 0 to 65535, not -1',
        '  ROUTEMETER_DEDUPE_DAYS must be a whole number from 1 to 3650, not "0"',
        '  --host must be a host name or an address, not ""',
      ].join('\n'),
    )
  })
})
