import { printFigures } from './figure.ts'
import { benchIngest } from './ingest.ts'
import { benchSeedQuery } from './seed-query.ts'

printFigures([await benchIngest(), await benchSeedQuery()])
