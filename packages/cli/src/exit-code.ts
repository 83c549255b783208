/** How a command ended (api.md 5). */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  notAuthorized: 3,
  notFound: 4,
  unreachable: 5,
  /** ^C, as shells have it: 128 and the signal's number. */
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end that the user can do something about: the message is printed, without a stack. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** An end of which everything has been said. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode) {
    super(`ended with exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}
