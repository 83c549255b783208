/**
 * Whether a text has more code points than allowed. Lengths in the contract count code points, of which one takes up
 * to two of a JavaScript string's units; almost every text is short enough to need no counting.
 */
export function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false
  if (text.length > 2 * codePoints) return true
  let count = 0
  for (const _ of text) count++
  return count > codePoints
}
