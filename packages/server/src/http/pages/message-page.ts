import { document, type WayUp } from './document.ts'
import { html } from './html.ts'

/** Says one thing, and offers at most one way on. */
export function messagePage(view: {
  readonly title: string
  readonly message: string
  readonly link?: { readonly text: string; readonly url: string }
  /** The link is followed at once, without a click. */
  readonly goesOn?: true
  readonly root?: WayUp
}): string {
  const { title, message, link, goesOn, root = '../' } = view
  return document({
    title: `${title} – Routemeter`,
    root,
    ...(goesOn === true && link !== undefined ? { goesTo: link.url } : {}),
    main: html`<section aria-labelledby="title">
<h2 id="title">${title}</h2>
<p>${message}</p>
${link === undefined ? '' : html`<p><a href="${link.url}">${link.text}</a></p>`}
</section>`,
  })
}
