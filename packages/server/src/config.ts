import { ConfigProblem } from './config/config-problem.ts'
import {
  CONFIG_VARIABLE,
  type Given,
  givenByEnvironment,
  givenByFile,
  givenByFlags,
  joined,
  type Origin,
} from './config/given.ts'
import { strayedSecrets } from './config/issuer-settings.ts'
import { readValue } from './config/read-value.ts'
import {
  type Config,
  fileVariableOf,
  flagOf,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  variableOf,
} from './config/settings.ts'

/** Where the settings come from. */
export interface ConfigSources {
  /** The command line: settings in camelCase to text, text lists and booleans; `config` names the settings file. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The working directory: where routemeter.config.json is looked for, and what relative paths start from. */
  readonly cwd?: string
}

export type Origins = { readonly [Name in SettingName]: Origin }

export interface ReadConfig {
  readonly config: Config
  readonly origins: Origins
}

/**
 * The effective settings and where each came from: a flag before the environment before the file before the default
 * (api.md 1, decisions.md 21). A wrong value counts as wrong even where a stronger source overrides it.
 * @throws ConfigProblem naming every wrong setting at once.
 */
export function readConfig({ flags = {}, env = {}, cwd = process.cwd() }: ConfigSources): ReadConfig {
  const file = typeof flags.config === 'string' ? flags.config : env[CONFIG_VARIABLE] || undefined
  // The weakest first, so that a later one replaces it.
  const { given, problems } = joined([givenByFile(file, cwd), givenByEnvironment(env, cwd), givenByFlags(flags, cwd)])

  const values = new Map<SettingName, unknown>()
  const origins = new Map<SettingName, Origin>()
  const wrong = [...problems]
  for (const one of [...defaults(cwd), ...given]) {
    const read = readValue(one)
    if ('problems' in read) wrong.push(...read.problems)
    else values.set(one.setting, read.value)
    origins.set(one.setting, one.origin)
  }
  wrong.push(...halfGiven(origins))
  if (wrong.length > 0) throw new ConfigProblem(wrong)

  const all = SETTING_NAMES.map((name) => [name, frozen(values.get(name))] as const)
  const from = SETTING_NAMES.map((name) => [name, origins.get(name) ?? { from: 'default' }] as const)
  // The table is what both the type and the checks above are made from.
  const config = Object.freeze(Object.fromEntries(all)) as Config
  const strayed = strayedSecrets(config.signInSecrets, config.issuers)
  if (strayed.length > 0) throw new ConfigProblem(strayed.map((id) => strayedSecret(id, config, origins)))
  return {
    config,
    origins: Object.freeze(Object.fromEntries(from)) as Origins,
  }
}

function defaults(cwd: string): readonly Given[] {
  return SETTING_NAMES.flatMap((name) => {
    const value = settingOf(name).default
    const rest = { label: name, isText: false, folder: cwd, origin: { from: 'default' } } as const
    return value === undefined ? [] : [{ setting: name, value, ...rest }]
  })
}

/** Settings that only make sense in pairs, of which one is missing. */
function halfGiven(origins: ReadonlyMap<SettingName, Origin>): readonly string[] {
  return SETTING_NAMES.flatMap((name) => {
    const other = settingOf(name).together as SettingName | undefined
    const origin = origins.get(name)
    if (other === undefined || origin === undefined || origins.has(other)) return []
    return [`${labelOf(name, origin)} needs ${waysToGive(other)} as well: only both together`]
  })
}

function strayedSecret(id: string, { issuers }: Config, origins: ReadonlyMap<SettingName, Origin>): string {
  const ids = issuers.flatMap(({ signIn }) => signIn?.id ?? [])
  const label = labelOf('signInSecrets', origins.get('signInSecrets') ?? { from: 'default' })
  return `${label} has a secret for ${JSON.stringify(id)}, but the signIn.id of issuers are: ${ids.join(', ') || 'none'}`
}

function labelOf(name: SettingName, origin: Origin): string {
  return origin.from === 'flag' || origin.from === 'environment' ? origin.name : `"${name}"`
}

function waysToGive(name: SettingName): string {
  const ways = [settingOf(name).secret ? [] : flagOf(name), variableOf(name), fileVariableOf(name) ?? []].flat()
  return ways.join(' or ')
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozen))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, frozen(inside)])))
}

export { ConfigProblem } from './config/config-problem.ts'
export { describeConfig, helpForSettings } from './config/documentation.ts'
export type { Origin } from './config/given.ts'
export type { Config, SettingName } from './config/settings.ts'
