import { useEffect, useState } from 'preact/hooks'

const COLORS = 8

/** A variable of the style sheet as it is now; canvases know no variables. */
export function inkOf(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim()
}

export function colorOf(index: number): string {
  return inkOf(`--series-${(index % COLORS) + 1}`)
}

const DARK = matchMedia('(prefers-color-scheme: dark)')

/** Which colors there are, dark or light; charts are drawn anew when that changes. */
export function useColors(): 'dark' | 'light' {
  const [isDark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const follow = () => setDark(DARK.matches)
    DARK.addEventListener('change', follow)
    return () => DARK.removeEventListener('change', follow)
  }, [])
  return isDark ? 'dark' : 'light'
}
