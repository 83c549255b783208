/** An event of a stream; the data is parsed. */
export interface ReadEvent {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** For tests: reads server-sent events over a real connection, by its own reading of their format. */
export class TestLiveReader implements Disposable {
  readonly response: Response
  #chunks: AsyncIterator<string> | undefined
  readonly #end: AbortController
  #rest = ''

  private constructor(response: Response, end: AbortController) {
    this.response = response
    this.#end = end
  }

  static async open(
    url: string,
    token: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TestLiveReader> {
    const end = new AbortController()
    const all = { authorization: `Bearer ${token}`, ...headers }
    return new TestLiveReader(await fetch(url, { headers: all, signal: end.signal }), end)
  }

  /** The next block that the format separates by an empty line; undefined at the end. */
  async block(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#rest.slice(0, end)
        this.#rest = this.#rest.slice(end + 2)
        return block
      }
      this.#chunks ??= this.response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
      const { value, done = true } = (await this.#chunks?.next()) ?? {}
      if (done) return undefined
      this.#rest += value
    }
  }

  /** The next event that has data; undefined at the end. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const block = await this.block()
      if (block === undefined) return undefined
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) continue
      return { id: field('id') ?? '', event: field('event') ?? '', data: JSON.parse(data) as ReadEvent['data'] }
    }
  }

  /** The rows of the next event, which must be one of usage. */
  async rows(): Promise<readonly Readonly<Record<string, string | number>>[]> {
    const event = await this.next()
    if (event?.event !== 'usage') throw new Error(`no usage came but ${JSON.stringify(event)}`)
    return event.data.rows as readonly Readonly<Record<string, string | number>>[]
  }

  [Symbol.dispose](): void {
    this.#end.abort()
  }
}
