const WIDTH = 96
const HEIGHT = 22

/** How something went, without numbers; whoever cannot see it has the numbers beside it. */
export function Sparkline({ points, isAlarming = false }: { points: readonly number[]; isAlarming?: boolean }) {
  if (points.length < 2) return <span class="spark" />
  const top = Math.max(...points) || 1
  const x = (index: number) => ((index / (points.length - 1)) * WIDTH).toFixed(1)
  const y = (value: number) => (HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)
  const line = points.map((value, index) => `${x(index)},${y(value)}`).join(' ')
  return (
    <svg
      class={isAlarming ? 'spark alarm' : 'spark'}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={line} />
    </svg>
  )
}
