import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import type { Permission } from '../domain/permissions.ts'
import type { TrustedIssuer } from '../identity/outside/trusted-issuer.ts'
import { TestIdentity } from '../identity/test-identity.ts'
import type { HttpSettings, Parts } from './api.ts'
import { createApp } from './app.ts'
import { testParts } from './test-app.ts'

export type Answer = Awaited<ReturnType<FastifyInstance['inject']>>

/** For tests: the whole app over an identity whose clock the test moves; it remembers whose usage was to be erased. */
export class TestIdentityApp implements AsyncDisposable {
  readonly test: TestIdentity
  readonly erased: string[] = []
  readonly #lines: string[] = []
  readonly #settings: Partial<HttpSettings>
  #app: FastifyInstance | undefined

  private constructor(test: TestIdentity, settings: Partial<HttpSettings>) {
    this.test = test
    this.#settings = settings
  }

  static async open(
    settings: Partial<HttpSettings> = {},
    issuers: readonly TrustedIssuer[] = [],
  ): Promise<TestIdentityApp> {
    const opened = new TestIdentityApp(await TestIdentity.open(issuers), settings)
    await opened.#start()
    return opened
  }

  async #start(): Promise<void> {
    const log = pino({ level: 'trace' }, { write: (line: string) => void this.#lines.push(line) })
    const parts = testParts(this.test.metadata.database, { settings: { rateLimitPerMinute: 0, ...this.#settings } })
    const erase = async (organizationId: string) => void this.erased.push(organizationId)
    const store = { ...parts.store, erase } as Parts['store']
    this.#app = await createApp(
      { ...parts, store, identity: this.test.identity, now: () => this.test.clock.now },
      { log },
    )
  }

  /** The log, as it is written. */
  get log(): string {
    return this.#lines.join('')
  }

  /** Ends the app and starts it again on the same files. */
  async restart(): Promise<void> {
    await this.#app?.close()
    await this.test.restart()
    await this.#start()
  }

  inject(options: InjectOptions): Promise<Answer> {
    if (this.#app === undefined) throw new Error('the app is not started')
    return this.#app.inject(options)
  }

  /** Listens on a free port of this machine; the address. */
  async listen(): Promise<string> {
    if (this.#app === undefined) throw new Error('the app is not started')
    return this.#app.listen({ host: '127.0.0.1', port: 0 })
  }

  /** Headers with the token of a client that is made for it. */
  async headersOf(
    organizationId: string,
    permissions: readonly Permission[],
    clientId = `${organizationId}-client`,
  ): Promise<{ authorization: string }> {
    await this.test.addClient(organizationId, clientId, permissions)
    return { authorization: `Bearer ${await this.test.token(clientId)}` }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.close()
    await this.test[Symbol.asyncDispose]()
  }
}
