import { parseArgs } from 'node:util'
import { crashRun } from './crash-run.ts'

// npm run test:crash -- [--kills 50] [--seed N]
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  throw new Error('--kills and --seed take whole numbers')
}
console.log(`seed ${seed}: repeat with npm run test:crash -- --kills ${kills} --seed ${seed}`)
const { line, faults } = await crashRun({ kills, seed, say: console.log })
for (const fault of faults) console.log(fault)
console.log(line)
process.exitCode = faults.length === 0 ? 0 : 1
