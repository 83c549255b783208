/** An HTTP method before the path, as route listings of frameworks have it. */
const METHOD = /^(?:[A-Z]+(?:[|,][A-Z]+)*)\s+(?=\S)/

/** One template a line, a method may stand before it; blank lines and lines that begin with # are passed over. */
export function* listedTemplates(text: string): Generator<string> {
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const template = line.trim().replace(METHOD, '')
    if (template !== '' && !template.startsWith('#')) yield template
  }
}
