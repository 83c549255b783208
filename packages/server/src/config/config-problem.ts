/** Settings that cannot be used. The message names every wrong one, each on a line of its own. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const [only, ...others] = problems
    super(
      others.length === 0 && only !== undefined
        ? only
        : `${problems.length} settings cannot be used:${problems.map((problem) => `\n  ${problem}`).join('')}`,
    )
    this.problems = problems
  }
}
