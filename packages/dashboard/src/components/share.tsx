/** A part of a whole, as a bar with its number. */
export function Share({ share, text, isAlarming = false }: { share: number; text: string; isAlarming?: boolean }) {
  const width = Math.min(1, Math.max(0, share)) * 100
  return (
    <span class="share">
      {text}
      <svg class={isAlarming ? 'bar alarm' : 'bar'} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6" />
        <rect width={width} height="6" />
      </svg>
    </span>
  )
}
