import { Refusal } from '../../packages/server/src/index.ts'
import { type Account, operationOf } from './account.ts'

interface PlantedRequest {
  readonly caller: { readonly organizationId: string }
  readonly params: Readonly<Record<string, string>>
}

/** Routes that break the walls, each in one way; to their own organization they answer as they should. */
export class Planted {
  /** Whose things they give away. */
  owner: Account | undefined

  get routes(): readonly object[] {
    const notFound = (words = 'It was not found.') => new Refusal('not.found', words)
    return [
      this.#route('/v1/planted-riddles/:riddle', 'riddle', () => {
        throw notFound()
      }),
      this.#route('/v1/planted-slow/:keyId', 'keyId', async ({ caller, params }) => {
        if (this.#isStranger(caller) && this.#isOwners(params.keyId)) await new Promise((go) => setTimeout(go, 30))
        if (this.#isStranger(caller)) throw notFound()
        return {}
      }),
      this.#route('/v1/planted-statuses/:keyId', 'keyId', ({ caller, params }) => {
        if (!this.#isStranger(caller)) return {}
        throw this.#isOwners(params.keyId) ? new Refusal('not.authorized', 'It is not yours.') : notFound()
      }),
      this.#route('/v1/planted-words/:keyId', 'keyId', ({ caller, params }) => {
        if (!this.#isStranger(caller)) return {}
        throw notFound(this.#isOwners(params.keyId) ? 'It is another’s.' : 'It was not found.')
      }),
      this.#route('/v1/planted-lists', undefined, () => ({ name: this.owner?.knowledge.values[0]?.value ?? '' })),
      this.#route('/v1/planted-totals', undefined, () => ({ total: this.owner === undefined ? 0 : 1237 })),
      { ...this.#route('/v1/planted-for-keys', undefined, () => ({})), config: { access: { sendsEvents: true } } },
      {
        ...this.#route('/v1/planted-changes/:keyId', 'keyId', async ({ caller, params }) => {
          if (!this.#isStranger(caller)) return {}
          const parameters = { keyId: params.keyId ?? '' }
          if (this.#isOwners(params.keyId)) {
            const { owner } = this
            await owner?.ask(operationOf(owner.app, 'DELETE /v1/ingest-keys/{keyId}'), { parameters })
          }
          throw notFound()
        }),
        method: 'PUT',
      },
    ]
  }

  #isStranger({ organizationId }: { readonly organizationId: string }): boolean {
    return this.owner !== undefined && organizationId !== this.owner.organizationId
  }

  #isOwners(value: string | undefined): boolean {
    return this.owner?.knowledge.values.some((known) => known.value === value) ?? false
  }

  #route(url: string, parameter: string | undefined, handler: (request: PlantedRequest) => unknown) {
    const text = { type: 'string' }
    const answer = { type: 'object', properties: { name: text, total: { type: 'integer' } } }
    const params = parameter === undefined ? {} : { params: { type: 'object', properties: { [parameter]: text } } }
    return {
      method: 'GET',
      url,
      schema: { tags: ['Server'], response: { 200: answer }, ...params },
      config: { access: { anyPermission: [] } },
      handler: async (request: PlantedRequest) => handler(request),
    }
  }
}
