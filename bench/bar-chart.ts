import type { Bar, Chart } from './figure.ts'

const WIDTH = 760
const LABELS = 300
const PADDING = 16
const BAR = 18
const STEP = 26
const GROUP = 28
const TITLE = 40
/** Kept free for the longest text behind a bar. */
const TEXTS = 130
const LONGEST = WIDTH - LABELS - TEXTS - PADDING

/** Readable on a light and on a dark page: it has its own background, and asks which one is wanted. */
const STYLE = `
  .page { fill: #ffffff; } .text { fill: #24292f; } .quiet { fill: #57606a; }
  .ours { fill: #0969da; } .other { fill: #8c959f; } .limit { fill: #bf8700; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } .text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .ours { fill: #4493f8; } .other { fill: #656c76; } .limit { fill: #d29922; }
  }
  text { font: 13px system-ui, sans-serif; } .title { font-size: 15px; font-weight: 600; }`

/** A chart as SVG: a bar a line, in the order given. */
export function barChart({ title, bars }: Chart): string {
  const most = Math.max(...bars.map(({ value }) => value))
  const drawn: string[] = []
  let top = TITLE
  let group: string | undefined
  for (const bar of bars) {
    if (bar.group !== undefined && bar.group !== group) {
      drawn.push(`<text class="quiet" x="${PADDING}" y="${top + 18}">${escaped(bar.group)}</text>`)
      top += GROUP
    }
    group = bar.group
    drawn.push(drawBar(bar, top, (bar.value / most) * LONGEST))
    top += STEP
  }
  const height = top + PADDING - (STEP - BAR)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>
<text class="title text" x="${PADDING}" y="26">${escaped(title)}</text>
${drawn.join('\n')}
</svg>
`
}

function drawBar({ label, text, kind }: Bar, top: number, length: number): string {
  const width = Math.max(1, length).toFixed(1)
  const middle = top + BAR - 5
  return [
    `<text class="text" x="${LABELS - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="${kind}" x="${LABELS}" y="${top}" width="${width}" height="${BAR}" rx="2"/>`,
    `<text class="quiet" x="${(LABELS + Math.max(1, length) + 6).toFixed(1)}" y="${middle}">${escaped(text)}</text>`,
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
