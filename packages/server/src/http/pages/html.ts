/** Text that is HTML already: made by `html` only. */
export interface Html {
  readonly html: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** HTML with values filled in; whatever is not itself made by `html` is shown as plain text. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html {
  return { html: String.raw({ raw: strings }, ...values.map(asHtml)) }
}

function asHtml(value: string | number | Html): string {
  return typeof value === 'object' ? value.html : String(value).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)
}
