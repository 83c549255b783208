import { document } from './document.ts'
import { html } from './html.ts'
import { type Provider, providerLinks } from './provider-links.ts'

export interface SignInView {
  /** The app's name. */
  readonly appName: string
  /** The authorization request, as a query string. */
  readonly query: string
  readonly formToken: string
  /** Where people can sign in instead. */
  readonly providers: readonly Provider[]
  /** Who is signed in there signs in there again. */
  readonly again: boolean
  /** Why it did not work the last time, and with which client id. */
  readonly failed?: { readonly message: string; readonly clientId: string }
}

const AUTOFOCUS = html` autofocus`

/** Where a person signs in whom an app has sent here. */
export function signInPage({ appName, query, formToken, providers, again, failed }: SignInView): string {
  return document({
    title: 'Sign in – Routemeter',
    root: '../',
    main: html`<section aria-labelledby="title">
<h2 id="title">Sign in to go on to ${appName}</h2>
${failed === undefined ? '' : html`<p role="alert">${failed.message}</p>`}
<p>Use the id and secret of your own OAuth client. ${appName} does not see them.</p>
<form method="post" action="sign-in?${query}">
<input type="hidden" name="formToken" value="${formToken}">
<label>Client id <input name="clientId" value="${failed?.clientId ?? ''}" autocomplete="username" required maxlength="256"${failed === undefined ? AUTOFOCUS : ''}></label>
<label>Client secret <input name="clientSecret" type="password" autocomplete="current-password" required maxlength="1024"${failed === undefined ? '' : AUTOFOCUS}></label>
<button type="submit">Sign in</button>
</form>
${providerLinks(providers, (id) => `sign-in/${id}?${query}${again ? '&prompt=login' : ''}`)}
</section>`,
  })
}
