import { accessSync, constants, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { Value } from 'typebox/value'
import { type JsonSchema, schemaMustBe } from './schema-words.ts'
import { type Setting, type SettingName, settingOf } from './settings.ts'
import { shortened, structureMistakes } from './structure.ts'

export type ReadValue = { readonly value: unknown } | { readonly problems: readonly string[] }

/** A value as one of the three sources gave it. */
export interface GivenValue {
  readonly setting: SettingName
  /** How a message calls it: `--port`, `ROUTEMETER_PORT`, `"port" in routemeter.config.json`. */
  readonly label: string
  readonly value: unknown
  /** Flags and variables are text and are converted; what the file has is JSON already, and is taken as it is. */
  readonly isText: boolean
  /** The value is the name of a file that holds it, as in ROUTEMETER_CLIENT_SECRET_FILE. */
  readonly isFileName?: boolean
  /** What a relative path is relative to. */
  readonly folder: string
}

/** Converts and checks one value; each problem is one line that names it, what came and what is allowed. */
export function readValue(given: GivenValue): ReadValue {
  if (given.isFileName) return readValueInFile(given)
  const setting = settingOf(given.setting)
  if (setting.kind === 'json') return readStructure(setting, given)
  const tidy = withoutEndSlash(setting, given.isText ? fromText(setting.schema, given.value) : given.value)
  if (!Value.Check(setting.schema, tidy)) {
    return problem(`${given.label} must be ${mustBe(setting)}${whatCame(setting, given.value)}`)
  }
  if (setting.kind !== 'folder' && setting.kind !== 'file') return { value: tidy }
  const path = resolve(given.folder, String(tidy))
  const unreadable = setting.kind === 'file' ? whyUnreadable(path) : undefined
  return unreadable === undefined
    ? { value: path }
    : problem(`${given.label} names ${path}, which cannot be read: ${unreadable}`)
}

/** Lists and objects: JSON in the settings file, its text elsewhere. A problem begins with where in it the mistake is. */
function readStructure(setting: Setting, given: GivenValue): ReadValue {
  let value = given.value
  try {
    if (given.isText) value = JSON.parse(String(value))
  } catch {
    return problem(`${given.label} must be ${mustBe(setting)}; what came is no JSON`)
  }
  if (setting.secret && !Value.Check(setting.schema, value)) return problem(`${given.label} must be ${mustBe(setting)}`)
  const mistakes = structureMistakes(setting.schema, value, given.setting)
  const filled = Value.Default(setting.schema, structuredClone(value))
  const all = mistakes.length > 0 ? mistakes : (setting.mistakes?.(filled) ?? [])
  return all.length === 0 ? { value: filled } : { problems: all.map((mistake) => `${given.label}: ${mistake}`) }
}

function problem(text: string): ReadValue {
  return { problems: [text] }
}

function readValueInFile(given: GivenValue): ReadValue {
  const path = resolve(given.folder, String(given.value))
  try {
    const value = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '')
    return readValue({ ...given, value, isFileName: false })
  } catch (error) {
    return problem(`${given.label} names ${path}, which cannot be read: ${systemReason(error)}`)
  }
}

/** What a setting takes, to read on after "must be": `a whole number from 0 to 65535`. */
export function mustBe(setting: Setting): string {
  return setting.mustBe ?? schemaMustBe(setting.schema)
}

/** The operating system's words for a failure: `no such file or directory`. */
export function systemReason(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    return getSystemErrorMessage(error.errno)
  }
  return error instanceof Error ? error.message : String(error)
}

/** Text that is not of the schema's form stays text, for the check to refuse. */
function fromText(schema: JsonSchema, given: unknown): unknown {
  if (schema.type === 'array') {
    const texts = Array.isArray(given) ? given : [given]
    return texts.flatMap((text) => String(text).split(',')).flatMap((item) => item.trim() || [])
  }
  if (typeof given !== 'string') return given
  if (schema.type === 'integer') return /^[+-]?\d+$/.test(given.trim()) ? Number(given) : given
  if (schema.type === 'boolean') return ({ true: true, false: false } as const)[given.toLowerCase()] ?? given
  return given
}

function withoutEndSlash(setting: Setting, value: unknown): unknown {
  return setting.kind === 'url' && typeof value === 'string' ? value.replace(/\/+$/, '') : value
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return systemReason(error)
  }
}

/** Short, on one line, quoted; of a secret only how long it is. */
function whatCame(setting: Setting, value: unknown): string {
  if (setting.secret) return `; what came has ${[...String(value)].length}`
  return `, not ${shortened(value)}`
}
