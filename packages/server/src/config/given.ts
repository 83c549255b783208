import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { nearest } from './nearest.ts'
import { type GivenValue, systemReason } from './read-value.ts'
import {
  fileVariableOf,
  flagOf,
  isSettingName,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  variableOf,
} from './settings.ts'

/** Where the effective value of a setting came from. */
export type Origin =
  | { readonly from: 'default' }
  /** `--port`, ROUTEMETER_PORT, or the path of the file. */
  | { readonly from: 'flag' | 'environment' | 'file'; readonly name: string }

export type Given = GivenValue & { readonly origin: Origin }

/** What one source gives, and what is wrong with it. */
export interface Findings {
  readonly given: readonly Given[]
  readonly problems: readonly string[]
}

export const CONFIG_FILE = 'routemeter.config.json'
export const CONFIG_VARIABLE = 'ROUTEMETER_CONFIG'

/** Variables that are none of the server's settings and do not stop its start (decisions.md 21). */
const CLI_VARIABLES = ['ROUTEMETER_URL']

/** Settings of the contract that this version cannot honour; starting without them would put data in the wrong place. */
const NOT_YET = ['clickhouseUrl', 'postgresUrl']
const NOT_YET_REASON = 'cannot be used: this version of Routemeter has only the embedded engine, leave it out'

/** What the command line says; keys are settings in camelCase. */
export function givenByFlags(flags: Readonly<Record<string, unknown>>, cwd: string): Findings {
  const given: Given[] = []
  const problems: string[] = []
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined || key === 'config') continue
    const label = flagOf(key)
    if (!isSettingName(key)) problems.push(unknownName(label, flagNames(), '--'))
    else if (settingOf(key).secret) problems.push(`${label} is refused: ${whereASecretGoes(key)}`)
    else given.push({ setting: key, label, value, isText: true, folder: cwd, origin: { from: 'flag', name: label } })
  }
  return { given, problems }
}

/** What the environment says. An empty variable is one that is not there, as in a compose file's `${PORT:-}`. */
export function givenByEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): Findings {
  const findings: Findings[] = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('ROUTEMETER_') || value === undefined || value === '') continue
    findings.push(givenByVariable(variable, value, env, cwd))
  }
  return joined(findings)
}

/** What the file says: the one that is named, or routemeter.config.json in the working directory if there is one. */
export function givenByFile(named: string | undefined, cwd: string): Findings {
  const path = resolve(cwd, named ?? CONFIG_FILE)
  let settings: unknown
  try {
    settings = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    if (named === undefined && isNotThere(error)) return joined([])
    const reason = error instanceof SyntaxError ? `is no JSON: ${oneLine(error.message)}` : unreadable(error)
    return { given: [], problems: [`The settings file ${path} ${reason}`] }
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    return { given: [], problems: [`The settings file ${path} must hold a JSON object, such as {"port": 8787}`] }
  }
  return joined(Object.entries(settings).map(([key, value]) => givenByKey(key, value, path)))
}

function givenByVariable(
  variable: string,
  value: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Findings {
  if (variable === CONFIG_VARIABLE || CLI_VARIABLES.includes(variable)) return joined([])
  if (NOT_YET.some((name) => variableOf(name) === variable)) return problem(`${variable} ${NOT_YET_REASON}`)
  const named = SETTING_NAMES.find((name) => variableOf(name) === variable)
  const base = { label: variable, isText: true, folder: cwd, origin: { from: 'environment', name: variable } } as const
  if (named !== undefined) return { given: [{ ...base, setting: named, value }], problems: [] }

  const inFile = SETTING_NAMES.find((name) => fileVariableOf(name) === variable)
  if (inFile === undefined) return problem(unknownName(variable, variableNames(), 'ROUTEMETER_'))
  const twice = `${variableOf(inFile)} and ${variable} are both set: leave one out`
  return {
    given: [{ ...base, setting: inFile, value, isFileName: true }],
    problems: env[variableOf(inFile)] ? [twice] : [],
  }
}

function givenByKey(key: string, value: unknown, path: string): Findings {
  const label = `"${key}" in ${basename(path)}`
  if (NOT_YET.includes(key)) return problem(`${label} ${NOT_YET_REASON}`)
  if (!isSettingName(key)) return problem(unknownName(label, SETTING_NAMES, '', key))
  if (settingOf(key).secret) return problem(`${label} is refused: ${whereASecretGoes(key)}`)
  const origin = { from: 'file', name: path } as const
  return { given: [{ setting: key, label, value, isText: false, folder: dirname(path), origin }], problems: [] }
}

/** `ROUTEMETER_PROT is no setting; did you mean ROUTEMETER_PORT?` The value is not shown: it may be a secret. */
function unknownName(label: string, names: readonly string[], prefix: string, mistyped = label): string {
  const withoutPrefix = (name: string) => name.slice(prefix.length)
  const meant = nearest(withoutPrefix(mistyped), names.map(withoutPrefix))
  const advice = meant === undefined ? '`routemeter config` lists them all' : `did you mean ${prefix}${meant}?`
  return `${label} is no setting; ${advice}`
}

function whereASecretGoes(name: SettingName): string {
  return `a secret is given by ${variableOf(name)} or ${fileVariableOf(name)} only`
}

function flagNames(): readonly string[] {
  return [...SETTING_NAMES.filter((name) => !settingOf(name).secret).map(flagOf), '--config']
}

function variableNames(): readonly string[] {
  const ofSettings = SETTING_NAMES.flatMap((name) => [variableOf(name), fileVariableOf(name) ?? []].flat())
  return [...ofSettings, CONFIG_VARIABLE, ...CLI_VARIABLES]
}

export function joined(findings: readonly Findings[]): Findings {
  return {
    given: findings.flatMap(({ given }) => given),
    problems: findings.flatMap(({ problems }) => problems),
  }
}

function problem(text: string): Findings {
  return { given: [], problems: [text] }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function unreadable(error: unknown): string {
  return `cannot be read: ${systemReason(error)}`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
