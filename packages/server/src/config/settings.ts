import { type Static, type TSchema, Type } from 'typebox'
import { DIMENSIONS } from '../domain/catalogue.ts'
import { type IssuerSettings, IssuersSetting, issuerMistakes, SignInSecretsSetting } from './issuer-settings.ts'

/**
 * The one list of settings. The type, the defaults, flags, environment variables, `--help`, `routemeter config` and
 * docs/configuration.md are made from it: a new setting is an entry here (and `npx vitest run packages/server/src/config -u` for the page).
 */
export interface Setting {
  readonly group: string
  readonly schema: TSchema
  /** Without one the setting may be left out, and is undefined then. */
  readonly default?: unknown
  /** For `--help` and the page: what it does, without a full stop. */
  readonly meaning: string
  /** For the help of a switch that is on by default: what turning it off does. */
  readonly meaningOff?: string
  /** What may stand there, where the schema does not say it well: reads on after "must be". */
  readonly mustBe?: string
  /** A placeholder for the value in `--help`. */
  readonly placeholder?: string
  /** Never a flag, never in the file, never printed (decisions.md 22); its variable has a `_FILE` sibling. */
  readonly secret?: true
  /** The variable has a `_FILE` sibling although it is no secret. */
  readonly fileVariable?: true
  /**
   * `folder`: made absolute; `file`: made absolute, and readable; `url`: without a slash at its end; `json`: lists and
   * objects, JSON text in a flag or a variable.
   */
  readonly kind?: 'folder' | 'file' | 'url' | 'json'
  /** What is wrong with a value that the schema takes: a line each, which begins with the place of the mistake. */
  readonly mistakes?: (value: unknown) => readonly string[]
  /** The setting that has to be given too. */
  readonly together?: string
}

const LISTENING = 'Listening'
const DATA = 'Data'
const FIRST_CLIENT = 'First administrator client'
const ISSUERS = 'Outside identity providers'
const EVENTS = 'Events'
const QUERIES = 'Queries'
const VALUES = 'Caps on different values'
const TEMPLATES = 'Route templates'
const RUNNING = 'Running'

const integer = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const path = Type.String({ minLength: 1 })
const cap = (name: string) => ({
  group: VALUES,
  schema: integer(1, 100_000_000),
  meaning: `different ${name} an organization may have; further ones count as one`,
})

export const SETTINGS = {
  host: {
    group: LISTENING,
    schema: Type.String({ pattern: '^[^\\s/]+$' }),
    default: '127.0.0.1',
    meaning: 'address to listen on; 0.0.0.0 is every one of the machine',
    mustBe: 'a host name or an address',
    placeholder: 'address',
  },
  port: {
    group: LISTENING,
    schema: integer(0, 65_535),
    default: 8787,
    meaning: 'TCP port; 0 picks a free one and prints it',
  },
  tlsCert: {
    group: LISTENING,
    schema: path,
    kind: 'file',
    together: 'tlsKey',
    meaning: 'PEM file with the certificate chain: serves https',
    mustBe: 'the path of a file',
    placeholder: 'file',
  },
  tlsKey: {
    group: LISTENING,
    schema: path,
    kind: 'file',
    together: 'tlsCert',
    meaning: 'PEM file with the certificate’s private key',
    mustBe: 'the path of a file',
    placeholder: 'file',
  },
  publicUrl: {
    group: LISTENING,
    schema: Type.String({ pattern: '^https?://[^\\s/?#]+(/[^\\s?#]*)?$' }),
    kind: 'url',
    meaning: 'address that people and clients use, where a proxy stands in front',
    mustBe: 'an http or https address such as https://usage.example.com',
    placeholder: 'url',
  },
  trustProxy: {
    group: LISTENING,
    schema: Type.Boolean(),
    default: false,
    meaning: 'believe X-Forwarded-For and -Proto; only behind a proxy that sets them',
  },
  corsOrigins: {
    group: LISTENING,
    schema: Type.Array(Type.String({ pattern: '^https?://[^\\s/?#*]+$' })),
    default: [] as readonly string[],
    meaning: 'web origins whose pages may call the API from a browser',
    mustBe: 'a list of origins such as https://app.example.com',
    placeholder: 'origins',
  },

  data: {
    group: DATA,
    schema: path,
    default: './data',
    kind: 'folder',
    meaning: 'the data folder',
    mustBe: 'the path of a folder',
    placeholder: 'folder',
  },
  retentionMonths: {
    group: DATA,
    schema: integer(0, 1_200),
    default: 0,
    meaning: 'usage older than this is deleted; 0 keeps it for ever',
  },
  storeMemoryMb: {
    group: DATA,
    schema: integer(128, 1_048_576),
    default: 1_024,
    meaning: 'memory that the embedded store may use, in MiB',
  },
  demo: {
    group: DATA,
    schema: Type.Boolean(),
    default: false,
    meaning: 'on an empty data folder, make the organization "Demo" with sample data',
  },
  demoTraffic: {
    group: DATA,
    schema: Type.Boolean(),
    default: true,
    meaning: 'with --demo, go on with a trickle of sample traffic',
    meaningOff: 'with --demo, stop after the month of sample data',
  },

  clientId: {
    group: FIRST_CLIENT,
    // HTTP Basic ends the id at its first colon, and carries ASCII unharmed.
    schema: Type.String({ pattern: '^[!-9;-~]{1,256}$' }),
    fileVariable: true,
    together: 'clientSecret',
    meaning: 'its id on an empty data folder; generated and printed once without one',
    mustBe: '1 to 256 printable ASCII characters without space and colon',
    placeholder: 'id',
  },
  clientSecret: {
    group: FIRST_CLIENT,
    schema: Type.String({ pattern: '^[ -~]{24,1024}$' }),
    secret: true,
    together: 'clientId',
    meaning: 'its secret on an empty data folder; generated and printed once without one',
    mustBe: '24 to 1024 printable ASCII characters',
  },

  issuers: {
    group: ISSUERS,
    schema: IssuersSetting,
    default: [] as readonly IssuerSettings[],
    kind: 'json',
    mistakes: issuerMistakes,
    meaning: 'outside issuers whose access tokens are accepted beside our own, and where people may sign in',
    mustBe: 'a list of objects in JSON',
    placeholder: 'json',
  },
  signInSecrets: {
    group: ISSUERS,
    schema: SignInSecretsSetting,
    kind: 'json',
    secret: true,
    meaning: 'this server’s client secrets there, by `signIn.id`',
    mustBe: 'an object in JSON such as {"acme": "the secret"}',
  },

  dedupeDays: {
    group: EVENTS,
    schema: integer(1, 3_650),
    default: 35,
    meaning: 'days for which event ids are remembered after they arrived',
  },
  dedupeMemoryMb: {
    group: EVENTS,
    schema: integer(16, 1_048_576),
    default: 512,
    meaning: 'memory for remembered event ids, in MiB, enough for 100 million; past it commits become slower',
  },
  maxBodyBytes: {
    group: EVENTS,
    schema: integer(1_024, 268_435_456),
    default: 16_777_216,
    meaning: 'longest request body, decompressed as well',
  },
  readerThreads: {
    group: EVENTS,
    schema: integer(0, 128),
    default: 1,
    meaning: 'threads that take bodies of events apart; with 0 the one that counts does it too',
  },
  groupCommitMs: {
    group: EVENTS,
    schema: integer(0, 1_000),
    default: 10,
    meaning: 'how long a commit waits for more events to share it, in milliseconds',
  },
  groupCommitEvents: {
    group: EVENTS,
    schema: integer(1, 1_000_000),
    default: 20_000,
    meaning: 'events with which a commit waits no longer',
  },
  maxEventsInFlight: {
    group: EVENTS,
    schema: integer(1, 10_000_000),
    default: 200_000,
    meaning: 'events received and not yet committed, past which senders get 503',
  },
  eventRateLimitPerMinute: {
    group: EVENTS,
    schema: integer(0, 1_000_000_000),
    default: 0,
    meaning: 'bodies of events a minute a token or ingest key; 0 is no limit',
  },

  rateLimitPerMinute: {
    group: QUERIES,
    schema: integer(0, 1_000_000_000),
    default: 300,
    meaning: 'requests a minute a token, sending events not counted; 0 is no limit',
  },
  organizationRateLimitPerMinute: {
    group: QUERIES,
    schema: integer(0, 1_000_000_000),
    default: 0,
    meaning: 'requests a minute all tokens of an organization together, sending events not counted; 0 is no limit',
  },
  resultHours: {
    group: QUERIES,
    schema: integer(1, 8_760),
    default: 24,
    meaning: 'hours for which the result of a query can be read',
  },
  maxConcurrentExecutions: {
    group: QUERIES,
    schema: integer(1, 64),
    default: 2,
    meaning: 'queries that run at once; the others wait their turn',
  },
  maxQueuedExecutions: {
    group: QUERIES,
    schema: integer(1, 1_000_000),
    default: 1_000,
    meaning: 'waiting queries of one organization, past which it gets 429',
  },
  executionTimeoutSeconds: {
    group: QUERIES,
    schema: integer(1, 86_400),
    default: 300,
    meaning: 'seconds after which a running query fails',
  },
  queryTimeoutSeconds: {
    group: QUERIES,
    schema: integer(1, 3_600),
    default: 30,
    meaning: 'seconds after which a synchronous query is stopped',
  },
  maxLiveStreams: {
    group: QUERIES,
    schema: integer(1, 10_000),
    default: 50,
    meaning: 'live streams of one organization at once, past which it gets 429',
  },
  maxKeptResultMb: {
    group: QUERIES,
    schema: integer(1, 1_048_576),
    default: 512,
    meaning: 'kept results of one organization in MiB, past which it gets 429',
  },

  caseSensitivePaths: {
    group: TEMPLATES,
    schema: Type.Boolean(),
    default: true,
    meaning: '/Users is another path than /users',
    meaningOff: 'let /Users be the same path as /users',
  },
  maxRouteTemplates: {
    group: TEMPLATES,
    schema: integer(1, 1_000_000),
    default: DIMENSIONS.templateUri.cap,
    meaning: 'route templates that an organization may import',
  },
  capClientId: { ...cap('client ids'), default: DIMENSIONS.clientId.cap },
  capUserId: { ...cap('user ids'), default: DIMENSIONS.userId.cap },
  capTemplateUri: { ...cap('route templates'), default: DIMENSIONS.templateUri.cap },
  capHttpMethod: { ...cap('HTTP methods'), default: DIMENSIONS.httpMethod.cap },
  capPlatform: { ...cap('platforms'), default: DIMENSIONS.platform.cap },

  logLevel: {
    group: RUNNING,
    schema: Type.Enum(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    meaning: 'least level that is logged',
    placeholder: 'level',
  },
  shutdownSeconds: {
    group: RUNNING,
    schema: integer(1, 3_600),
    default: 25,
    meaning: 'how long a stop waits for requests under way',
  },
  upkeepSeconds: {
    group: RUNNING,
    schema: integer(1, 3_600),
    default: 60,
    meaning: 'how often what was committed is folded, aged and expired',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]

type Frozen<Value> = Value extends (infer Item)[] ? readonly Item[] : Value

/** The effective settings: frozen, paths absolute, an optional one that is not given is undefined. */
export type Config = {
  readonly [Name in SettingName]:
    | Frozen<Static<(typeof SETTINGS)[Name]['schema']>>
    | ((typeof SETTINGS)[Name] extends { readonly default: unknown } ? never : undefined)
}

/** An entry of the table without its literal types, for code that goes through all of them. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name]
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}

/** `dedupeMemoryMb` is `--dedupe-memory-mb`. */
export function flagOf(name: string): string {
  return `--${words(name, '-')}`
}

/** `dedupeMemoryMb` is ROUTEMETER_DEDUPE_MEMORY_MB. */
export function variableOf(name: string): string {
  return `ROUTEMETER_${words(name, '_').toUpperCase()}`
}

/** The variable that names a file with the value in it, for the settings that have one. */
export function fileVariableOf(name: SettingName): string | undefined {
  const setting = settingOf(name)
  return setting.secret || setting.fileVariable ? `${variableOf(name)}_FILE` : undefined
}

function words(name: string, separator: string): string {
  return name.replace(/[A-Z]/g, (capital) => separator + capital.toLowerCase())
}
