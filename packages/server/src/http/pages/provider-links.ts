import { type Html, html } from './html.ts'

/** An outside identity provider, as `OutsideSignIn.providers` lists it. */
export interface Provider {
  readonly id: string
  readonly name: string
}

/** A button for each provider; nothing where there is none. */
export function providerLinks(providers: readonly Provider[], urlOf: (id: string) => string): Html {
  return joined(
    providers.map(({ id, name }) => html`<p><a class="button" href="${urlOf(id)}">Sign in with ${name}</a></p>`),
  )
}

function joined(parts: readonly Html[]): Html {
  return parts.reduce((all, part) => html`${all}${part}`, html``)
}
