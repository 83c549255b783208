import { CONFIG_FILE, CONFIG_VARIABLE, type Origin } from './given.ts'
import { mustBe } from './read-value.ts'
import { type JsonSchema, schemaMustBe } from './schema-words.ts'
import {
  type Config,
  fileVariableOf,
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  settingOf,
  variableOf,
} from './settings.ts'

/** One setting as `routemeter config` shows it. */
export interface EffectiveSetting {
  readonly setting: SettingName
  /** null where nothing is set; a secret that is set is `(hidden)`. */
  readonly value: Config[SettingName] | null
  /** `default`, `--port`, `ROUTEMETER_PORT` or the path of the settings file. */
  readonly from: string
}

/** The effective settings in the table's order, secrets hidden. */
export function describeConfig(
  config: Config,
  origins: Readonly<Record<SettingName, Origin>>,
): readonly EffectiveSetting[] {
  return SETTING_NAMES.map((setting) => {
    const value = config[setting]
    const origin = origins[setting]
    return {
      setting,
      value: value === undefined ? null : settingOf(setting).secret ? '(hidden)' : value,
      from: origin.from === 'default' ? 'default' : origin.name,
    }
  })
}

/** One setting as `--help` shows it; secrets have no flag and so are not among them. */
export interface SettingHelp {
  readonly setting: SettingName
  readonly group: string
  /** `--port <number>`, `--demo`; for a switch that is on by default the form that turns it off. */
  readonly flag: string
  /** The other form of a switch, understood but not worth a line of help. */
  readonly hiddenFlag: string | undefined
  /** May be repeated. */
  readonly isList: boolean
  readonly text: string
}

/** The flags of all settings, in the table's order. */
export function helpForSettings(): readonly SettingHelp[] {
  return SETTING_NAMES.filter((name) => !settingOf(name).secret).map((name) => {
    const setting = settingOf(name)
    const [flag, hiddenFlag] = flagForms(name, setting)
    return {
      setting: name,
      group: setting.group,
      flag,
      hiddenFlag,
      isList: Array.isArray(setting.default) && setting.kind !== 'json',
      text: helpText(setting),
    }
  })
}

function flagForms(name: SettingName, setting: Setting): readonly [string, string | undefined] {
  const on = flagOf(name)
  const off = `--no-${on.slice(2)}`
  if (setting.default === false) return [on, off]
  if (setting.default === true) return [off, on]
  return [`${on} <${setting.placeholder ?? 'number'}>`, undefined]
}

function helpText(setting: Setting): string {
  if (setting.default === true) return setting.meaningOff ?? setting.meaning
  const hasWords = 'enum' in setting.schema
  const text = hasWords ? `${setting.meaning}: ${mustBe(setting)}` : setting.meaning
  const isSelfEvident =
    setting.default === undefined || typeof setting.default === 'boolean' || Array.isArray(setting.default)
  return isSelfEvident ? text : `${text} (${setting.default})`
}

/** docs/configuration.md, whole. A test keeps the file equal to this; `npx vitest run packages/server/src/config -u` rewrites it. */
export function configurationPage(): string {
  const groups = [...new Set(SETTING_NAMES.map((name) => SETTINGS[name].group))]
  return `${INTRODUCTION}\n${groups.map(groupSection).join('\n')}`
}

function groupSection(group: string): string {
  const names = SETTING_NAMES.filter((name) => SETTINGS[name].group === group)
  return [
    `## ${group}`,
    '',
    '| setting | flag, variable | takes | default | meaning |',
    '|---|---|---|---|---|',
    ...names.map(tableRow),
    '',
    ...names.flatMap(fieldTable),
  ].join('\n')
}

/** What an entry of a setting that is a list of objects is made of; nothing for any other setting. */
function fieldTable(name: SettingName): readonly string[] {
  const { items }: JsonSchema = settingOf(name).schema
  if (items?.properties === undefined) return []
  const head = [`Each of \`${name}\`:`, '', '| field | takes | default | meaning |', '|---|---|---|---|']
  return [...head, ...fieldRows(items, ''), '']
}

function fieldRows({ properties = {}, required = [] }: JsonSchema, place: string): readonly string[] {
  return Object.entries(properties).flatMap(([field, schema]) => {
    const isNeeded = required.includes(field) && schema.default === undefined
    const value = isNeeded ? 'needed' : schema.default === undefined ? 'none' : `\`${schema.default}\``
    const [name, meaning] = [`${place}${field}`, capitalized(schema.description ?? '')]
    return [`| \`${name}\` | ${schemaMustBe(schema)} | ${value} | ${meaning} |`, ...fieldRows(schema, `${name}.`)]
  })
}

function tableRow(name: SettingName): string {
  const setting = settingOf(name)
  const flag = setting.secret ? [] : flagOf(name)
  const ways = [flag, variableOf(name), fileVariableOf(name) ?? []].flat().map((way) => `\`${way}\``)
  const isEmpty = setting.default === undefined || (Array.isArray(setting.default) && setting.default.length === 0)
  const value = isEmpty ? 'none' : `\`${setting.default}\``
  return `| \`${name}\` | ${ways.join(', ')} | ${mustBe(setting)} | ${value} | ${capitalized(setting.meaning)} |`
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

const INTRODUCTION = `# Configuration

<!-- Made from packages/server/src/config/settings.ts; \`npx vitest run packages/server/src/config -u\` writes it anew. -->

Every setting has a flag, an environment variable and a key in \`${CONFIG_FILE}\`. The first of these that gives one counts:

1. the flag: \`routemeter serve --port 9000\`
2. the environment: \`ROUTEMETER_PORT=9000\`; an empty variable is one that is not there
3. the settings file: \`{"port": 9000}\` in \`${CONFIG_FILE}\` in the working directory, or in the file that \`--config FILE\` or \`${CONFIG_VARIABLE}\` names
4. the default

\`routemeter config\` prints the effective settings and where each came from; it takes the same flags.
An unknown or wrong setting stops the start, with one message that names every such one and what is allowed.

- Secrets are given by a variable, or by a variable ending in \`_FILE\` that names a file holding the secret. They have no flag and no key in the settings file, and are never printed.
- A relative path is relative to the working directory; in a settings file, to that file's folder.
- A list is an array in the settings file, and separated by commas in a flag or a variable; a flag may also be repeated.
- A list of objects is JSON everywhere: \`ROUTEMETER_ISSUERS='[{"issuer": …}]'\`.
- A switch is \`--demo\` or \`--no-demo\` as a flag, \`true\` or \`false\` elsewhere.
- \`ROUTEMETER_URL\`, \`ROUTEMETER_CLIENT_ID\` and \`ROUTEMETER_CLIENT_SECRET\` are also what commands such as \`routemeter query\` sign in with; any other variable that begins with \`ROUTEMETER_\` and is not on this page stops the start.
- \`ROUTEMETER_CLICKHOUSE_URL\` and \`ROUTEMETER_POSTGRES_URL\` are kept for the scaled-out engines. This version has only the embedded engine and does not start with them.
`
