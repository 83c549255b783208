import { ConfigProblem, helpForSettings, type ReadConfig, readConfig } from '@routemeter/server'
import { type Command, Option } from 'commander'
import { CommandProblem, EXIT } from './exit-code.ts'

/** Gives a command the flags of all settings, in groups. */
export function addSettingFlags(command: Command): void {
  // Beside the longest flag there is less room in 80 columns than what commander otherwise wraps for.
  command.configureHelp({ minWidthToWrap: 24 })
  command.option('--config <file>', 'settings file (routemeter.config.json)')
  for (const { flag, hiddenFlag, isList, text, group } of helpForSettings()) {
    const option = new Option(flag, text).helpGroup(`${group}:`)
    if (isList) option.argParser((value: string, before?: readonly string[]) => [...(before ?? []), value])
    const both = hiddenFlag === undefined ? [option] : [option, new Option(hiddenFlag).hideHelp()]
    // The positive form first: commander takes a lone --no-x for a switch that is on by default.
    for (const each of both.sort((a, b) => Number(a.negate) - Number(b.negate))) command.addOption(each)
  }
  command.addHelpText(
    'after',
    '\nEvery setting is a variable and a key in routemeter.config.json too:\n--dedupe-days is ROUTEMETER_DEDUPE_DAYS and dedupeDays.',
  )
}

/**
 * The settings as the command line, the environment and the settings file give them.
 * @throws CommandProblem (wrong usage) naming every wrong one.
 */
export function settingsFor(command: Command): ReadConfig {
  const given = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli')
  const { json: _, table: __, ...flags } = Object.fromEntries(given)
  try {
    return readConfig({ flags, env: process.env })
  } catch (error) {
    if (error instanceof ConfigProblem) throw new CommandProblem(EXIT.wrongUsage, error.message, { cause: error })
    throw error
  }
}
