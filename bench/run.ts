import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { writeDocumentation } from './documentation.ts'
import { printFigures } from './figure.ts'
import { PARTS } from './parts.ts'
import { keepResults, latestResults } from './results.ts'

const USAGE = `npm run bench -- [parts] [options]

Parts: ${PARTS.map(({ name }) => name).join(' ')}; all of them when none is named. docs measures nothing: with it the
page is written from the newest results.

  --full         long enough to keep: bench/results/<date>.json; without it a look in a few minutes
  --peers        others too; they are installed into a temporary folder, by npm and apt
  --rollups N    rollup rows of the largest data folder: 10,000,000 with --full, else 1,000,000
  --write-docs   then write docs/performance.md and its charts from the results
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    rollups: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const unknown = positionals.find((name) => name !== 'docs' && !PARTS.some((part) => part.name === name))
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no part [${unknown}].\n`)
  console.log(USAGE)
  process.exit(unknown === undefined ? 0 : 2)
}

const { full, peers } = values
const options = { full, peers, rollups: Number(values.rollups ?? (full ? 10_000_000 : 1_000_000)) }
const chosen = positionals.length === 0 ? PARTS : PARTS.filter(({ name }) => positionals.includes(name))
for (const part of chosen) {
  console.log(`\n# ${part.title}\n${part.method}\n`)
  const [load = 0] = loadavg()
  try {
    const measured = await part.measure(options)
    printFigures(measured.figures)
    keepResults(part, options, load, measured)
  } catch (error) {
    // The others are worth measuring all the same.
    console.error(`the part ${part.name} failed:`, error)
    process.exitCode = 1
  }
}
if (values['write-docs'] || positionals.includes('docs')) writeDocumentation(latestResults())
