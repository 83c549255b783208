import { type Html, html } from './html.ts'

/** As many steps as the page's path has folders. */
export type WayUp = '' | '../' | '../../' | '../../../'

export interface PageParts {
  readonly title: string
  /** The way up to where the server’s paths begin, "" or "../": links are relative, so that a proxy may put it anywhere. */
  readonly root: WayUp
  readonly main: Html
  /** A script of /assets. */
  readonly script?: string
  /** Where the browser goes by itself, at once. */
  readonly goesTo?: string
  readonly footer?: Html
}

/** A page of this server, as a whole document. */
export function document({ title, root, main, script, goesTo, footer }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Routemeter counts API calls">
${goesTo === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${goesTo}">`}
<title>${title}</title>
<link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}assets/page.css">
${script === undefined ? '' : html`<script src="${root}assets/${script}" defer></script>`}
</head>
<body>
<header>
<img src="${root}assets/icon.svg" alt="" width="40" height="40">
<h1>Routemeter</h1>
</header>
<main>
${main}
</main>
${footer ?? ''}
</body>
</html>
`.html
}
