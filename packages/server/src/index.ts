export { type Config, ConfigProblem, describeConfig, helpForSettings, type ReadConfig, readConfig } from './config.ts'
export { DataFolderProblem } from './domain/data-folder-problem.ts'
export { Refusal } from './domain/refusal.ts'

// What needs an engine is loaded when it is called: most commands need none.

export const resetClient: typeof import('./client-reset.ts').resetClient = async (options) =>
  (await import('./client-reset.ts')).resetClient(options)

export const startServer: typeof import('./server.ts').startServer = async (config, surroundings) =>
  (await import('./server.ts')).startServer(config, surroundings)
