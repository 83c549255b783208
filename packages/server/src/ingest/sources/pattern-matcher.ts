import { createContext, Script } from 'node:vm'

/** What a pattern may take for a batch of lines, and for one; ordinary ones take some microseconds a line. */
const MOST_BATCH_MS = 500
const MOST_LINE_MS = 200
/** The clock goes on while a busy machine does something else: a line is given up when it takes too long twice. */
const TRIES = 2
/** So many lines that were given up, and the pattern is tried no more. */
const MOST_FAILURES = 3

/** The named groups of a line; undefined for one that does not match. */
type Match = Readonly<Record<string, string | undefined>> | undefined
export const TOO_SLOW = Symbol('the pattern took too long')

/**
 * Matches lines that anybody may have sent with a pattern that anybody may have sent: some take for ever on some lines,
 * and nothing but the engine's own interrupt ends that. It costs half a millisecond, so that lines are matched together,
 * and one by one only where one of them takes too long.
 */
export class PatternMatcher {
  readonly #context: { lines: readonly string[]; matches: Match[] }
  readonly #script = new Script('matches = lines.map((line) => pattern.exec(line)?.groups)')
  #failures = 0

  constructor(pattern: RegExp) {
    const globals = { pattern, lines: [], matches: [] }
    this.#context = createContext(globals, { codeGeneration: { strings: false, wasm: false } }) as typeof globals
  }

  match(lines: readonly string[]): readonly (Match | typeof TOO_SLOW)[] {
    return this.#run(lines, MOST_BATCH_MS) ?? lines.flatMap((line) => this.#one(line))
  }

  #one(line: string): readonly (Match | typeof TOO_SLOW)[] {
    if (this.#failures >= MOST_FAILURES) return [TOO_SLOW]
    for (let tries = 0; tries < TRIES; tries++) {
      const matches = this.#run([line], MOST_LINE_MS)
      if (matches !== undefined) return matches
    }
    this.#failures++
    return [TOO_SLOW]
  }

  /** Undefined when it takes too long. */
  #run(lines: readonly string[], timeout: number): readonly Match[] | undefined {
    if (this.#failures >= MOST_FAILURES) return undefined
    this.#context.lines = lines
    try {
      this.#script.runInContext(this.#context, { timeout })
      return this.#context.matches
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
      throw error
    }
  }
}
