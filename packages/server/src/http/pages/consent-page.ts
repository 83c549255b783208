import { PERMISSIONS, type Permission } from '../../domain/permissions.ts'
import { document } from './document.ts'
import { type Html, html } from './html.ts'

export interface ConsentView {
  readonly appName: string
  readonly personName: string
  readonly organizationName: string
  /** What the app may do for this person. */
  readonly permissions: readonly Permission[]
  /** Where the browser goes afterwards. */
  readonly redirectUri: string
  /** The authorization request, as a query string. */
  readonly query: string
  readonly formToken: string
}

/** Asks a person whether an app may act for them. */
export function consentPage(view: ConsentView): string {
  const { appName, query } = view
  return document({
    title: `Allow ${appName}? – Routemeter`,
    root: '../',
    main: html`<section aria-labelledby="title">
<h2 id="title">Allow ${appName} to act for you?</h2>
<dl>
<div><dt>Application</dt><dd>${appName}</dd></div>
<div><dt>Organization</dt><dd>${view.organizationName}</dd></div>
<div><dt>You are</dt><dd>${view.personName}</dd></div>
</dl>
${permissionList(view.permissions)}
<form method="post" action="authorize?${query}">
<input type="hidden" name="formToken" value="${view.formToken}">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="quiet">Deny</button>
</form>
<p class="note">Afterwards you go on to <strong>${destination(view.redirectUri)}</strong>.
Not you? <a href="sign-in?${query}&amp;prompt=login">Sign in as somebody else</a></p>
</section>`,
  })
}

function permissionList(permissions: readonly Permission[]): Html {
  if (permissions.length === 0) return html`<p>It will see who you are, and may do nothing else.</p>`
  const items = permissions.map((permission) => html`<li>${PERMISSIONS[permission]}</li>`.html)
  return html`<p>It will see who you are, and may:</p>
<ul>${{ html: items.join('\n') }}</ul>`
}

/** The part of an address that says whose it is. */
function destination(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri)
  return host === '' ? protocol : `${protocol}//${host}`
}
