import { document } from './document.ts'
import { type Html, html } from './html.ts'
import { type Provider, providerLinks } from './provider-links.ts'

/** What a signed-in person's page shows: their own organization's numbers, nobody else's. */
export interface SignedInView {
  readonly personName: string
  readonly organizationName: string
  readonly requests: number
  /** Milliseconds since 1970; undefined when nothing was counted. */
  readonly newestEvent: number | undefined
}

/** The page at /, until the dashboard is there: for somebody who is signed in, else with where they can. */
export function indexPage(version: string, view: SignedInView | { readonly providers: readonly Provider[] }): string {
  return document({
    title: 'Routemeter',
    root: '',
    script: 'page.js',
    main: html`<p class="lead">This server counts API calls: who called which route, how often, and with which result.</p>
<p role="alert" id="problem" hidden></p>
${'providers' in view ? signInSection(view.providers) : usageSection(view)}
<nav aria-label="Documentation">
<h2>Documentation</h2>
<ul>
<li><a href="docs">The API</a>, to read and to try</li>
<li><a href="openapi.json">The same as an OpenAPI 3.1 document</a>, for programs</li>
</ul>
</nav>`,
    footer: html`<footer><p>Routemeter ${version}</p></footer>`,
  })
}

function usageSection(view: SignedInView): Html {
  return html`<section aria-labelledby="usage">
<h2 id="usage">${view.organizationName}</h2>
<dl>
<div><dt>Calls counted</dt><dd>${view.requests.toLocaleString('en-GB')}</dd></div>
<div><dt>Newest call</dt><dd>${view.newestEvent === undefined ? 'none yet' : instant(view.newestEvent)}</dd></div>
</dl>
<p>You are signed in as ${view.personName}. <button type="button" id="sign-out">Sign out</button></p>
</section>`
}

function signInSection(providers: readonly Provider[]): Html {
  return html`<section aria-labelledby="sign-in-title">
<h2 id="sign-in-title">Sign in</h2>
<p>Open the sign-in link that the server printed when it started. It works once, for 15 minutes. Or use the id and
secret of one of your organization’s OAuth clients:</p>
<form id="sign-in">
<label>Client id <input name="clientId" autocomplete="username" required maxlength="256"></label>
<label>Client secret <input name="clientSecret" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>
${providerLinks(providers, (id) => `oauth/sign-in/${id}`)}
<noscript><p>Signing in needs JavaScript. Everything else works without it.</p></noscript>
</section>`
}

function instant(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}
