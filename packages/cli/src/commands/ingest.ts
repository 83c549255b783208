import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { FORMAT_NAMES, type FormatOptions, lineFormat, parseFieldMap } from '@routemeter/server/sources'
import { type Command, InvalidArgumentError } from 'commander'
import { CommandEnd, CommandProblem, EXIT } from '../exit-code.ts'
import { dryRunSender } from '../ingest/dry-run.ts'
import { excludes } from '../ingest/exclusion.ts'
import { inputsOf } from '../ingest/inputs.ts'
import { writeSummary } from '../ingest/report.ts'
import { type RunOptions, runIngest } from '../ingest/run-ingest.ts'
import { serverSender } from '../ingest/server-sender.ts'
import { defaultStateFolder, StateFolder } from '../ingest/state-folder.ts'
import { type AccessFlags, addAccessFlags, problemOf } from '../server-access.ts'

interface IngestFlags extends AccessFlags {
  readonly format: string
  readonly map?: readonly string[]
  readonly mapping?: string
  readonly regex?: string
  readonly timeZone: string
  readonly organization?: string
  readonly exclude?: readonly string[]
  readonly follow?: boolean
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly json?: boolean
  readonly rejected?: string
  readonly state?: string
  readonly again?: boolean
  readonly idBase?: string
  readonly wait?: number
  readonly compress?: boolean
}

/** `routemeter ingest`: what is in logs becomes usage events, each once (api.md §5). */
export function define(command: Command): void {
  command
    .description(
      'Read logs and send their calls to a server; each call counts once,\nhowever often the files are read.',
    )
    .argument('<files...>', 'files, patterns such as "logs/*.gz", or - for standard input')
    .configureHelp({ minWidthToWrap: 24 })
  addFormatFlags(command)
  command
    .optionsGroup('Reading:')
    .option('--follow', 'go on as the files grow, through rotations')
    .option('--again', 'from the beginning, what was read before too')
    .option('--id-base <name>', 'names standard input: a replay is harmless')
    .option('--state <folder>', 'what was read (~/.local/state/routemeter/ingest)')
    .option('--rejected <folder>', 'for FILE.rejected (beside FILE)')
    .optionsGroup('Sending:')
    .option('--dry-run', 'send nothing: the first events and the summary')
    .option('--wait <seconds>', 'for a server that goes away (300; with --follow ever)', seconds)
    .option('--compress', 'gzip bodies; by default to other machines only')
    .option('--no-compress', 'send bodies as they are')
    .optionsGroup('Output:')
    .option('--json', 'the summary as JSON, as in a pipe')
    .option('--strict', 'exit code 1 when lines were rejected')
    .addHelpText('after', EXAMPLES)
    .action(ingest)
  addAccessFlags(command)
}

function addFormatFlags(command: Command): void {
  const list = (value: string, before: readonly string[] = []) => [...before, value]
  command
    .optionsGroup('Format:')
    .option('--format <name>', 'of the lines; see below', formatName, 'auto')
    .option('--map <field=name>', 'take an event’s field from the log’s; repeatable', list)
    .option('--mapping <file>', 'JSON {"map": {field: name}, "regex": …}')
    .option('--regex <pattern>', 'of a line, with named groups: for --format regex')
    .option('--time-zone <name>', 'of times that say none', 'UTC')
    .option('--organization <id>', 'whose calls they are; needs platform:admin')
    .option('--exclude <what>', 'OPTIONS, /healthz, /internal/*; repeatable', list)
}

const EXAMPLES = `
Formats: auto (from the first lines),
${wrapped(FORMAT_NAMES)}

  routemeter ingest /var/log/nginx/access.log --follow
  routemeter ingest "logs/*.gz" --format nginx --exclude OPTIONS
  zcat old.gz | routemeter ingest - --id-base old --map clientId=http_x_client

Lines that cannot be counted are kept in FILE.rejected, each with the reason.`

async function ingest(files: readonly string[], flags: IngestFlags): Promise<void> {
  const options = optionsOf(files, flags)
  const { summary, totals, seconds, end } = await runIngest(options)
  writeSummary(summary, totals, seconds, flags)
  if (end !== undefined) throw problemOf(end) ?? end
  if (flags.strict && summary.rejected > 0) throw new CommandEnd(EXIT.failed)
}

/** @throws CommandProblem for what cannot be done so; nothing is read yet. */
function optionsOf(files: readonly string[], flags: IngestFlags): RunOptions {
  const reading = readingOf(flags)
  const organizationId = flags.organization
  const follow = flags.follow ?? false
  const common = {
    format: flags.format,
    reading,
    organizationId,
    excludes: excludes(flags.exclude ?? []),
    rejectedFolder: flags.rejected === undefined ? undefined : resolve(flags.rejected),
    follow,
    idBase: flags.idBase,
    inputs: inputsOf(files, follow),
  }
  if (flags.dryRun) {
    const state = new StateFolder(undefined, '', false)
    return { ...common, follow: false, state, keepsRejects: false, send: dryRunSender() }
  }
  const { send, server } = serverSender(flags, process.env)
  const target = hashOf({ server, format: flags.format, reading, organizationId, exclude: flags.exclude })
  const folder = flags.state ?? defaultStateFolder(process.env)
  const state = new StateFolder(resolve(folder), target, flags.again ?? false)
  return { ...common, state, keepsRejects: true, send }
}

function readingOf(flags: IngestFlags): FormatOptions {
  const given = flags.mapping === undefined ? {} : mappingOf(flags.mapping)
  try {
    const map = { ...given.map, ...parseFieldMap(flags.map ?? []) }
    const reading = { map, timeZone: flags.timeZone, regex: flags.regex ?? given.regex }
    if (flags.format !== 'auto') lineFormat(flags.format, reading)
    return reading
  } catch (error) {
    if (error instanceof Error && error.name === 'Refusal') {
      throw new CommandProblem(EXIT.wrongUsage, error.message.replace('parameter [map]', '--map'))
    }
    throw error
  }
}

/** @throws CommandProblem for a file that is none. */
function mappingOf(path: string): Pick<Partial<FormatOptions>, 'map' | 'regex'> {
  const wrong = (reason: string) => new CommandProblem(EXIT.wrongUsage, `--mapping ${path}: ${reason}`)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
  if (typeof content !== 'object' || content === null) throw wrong('it must be a JSON object')
  const { map = {}, regex, ...others } = content as { map?: unknown; regex?: unknown }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw wrong(`there is no ${JSON.stringify(unknown)}: it may have "map" and "regex"`)
  if (typeof map !== 'object' || map === null) throw wrong('"map" must be an object: event field to log field')
  if (regex !== undefined && typeof regex !== 'string') throw wrong('"regex" must be a text')
  try {
    const fields = parseFieldMap(Object.entries(map).map(([field, name]) => `${field}=${String(name)}`))
    return { map: fields, ...(regex === undefined ? {} : { regex }) }
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}

/** What a line becomes, and where it goes: progress is kept for each by itself. */
function hashOf(target: object): string {
  return createHash('sha256').update(JSON.stringify(target)).digest('hex').slice(0, 16)
}

function formatName(text: string): string {
  const name = text.toLowerCase()
  if (name === 'auto' || FORMAT_NAMES.includes(name)) return name
  throw new InvalidArgumentError(`${JSON.stringify(text)} is none of auto, ${FORMAT_NAMES.join(', ')}.`)
}

function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0) return value
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no number of seconds.`)
}

function wrapped(names: readonly string[]): string {
  const lines = ['']
  for (const name of names) {
    if (`${lines.at(-1)} ${name},`.length > 78) lines.push('')
    lines.push(`${lines.pop()} ${name},`.trimStart())
  }
  return lines.join('\n').replace(/,$/, '')
}
