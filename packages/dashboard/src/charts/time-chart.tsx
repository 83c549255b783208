import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { clock, dateAndTime, short } from '../format.ts'
import { colorOf, inkOf, useColors } from './colors.ts'

export interface Series {
  readonly label: string
  /** One for each time; null where there was none. */
  readonly values: readonly (number | null)[]
  /** A variable of the style; by its place otherwise. */
  readonly color?: string
}

interface TimeChartProps {
  /** For whoever cannot see it: what it shows. */
  readonly label: string
  /** Seconds since 1970, in order. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly zone: string
  readonly format?: (value: number | null) => string
  /** Dragging over a part of it asks for that part, in milliseconds since 1970. */
  readonly onZoom?: (start: number, end: number) => void
}

const HEIGHT = 220

/** Lines over time. The same numbers stand in the table beside it. */
export function TimeChart(props: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const colors = useColors()
  const latest = useRef(props)
  latest.current = props
  const { label, times, series, zone } = props
  const shape = `${colors} ${zone} ${series.map(({ label, color }) => `${label}/${color}`).join()}`
  const chart = useRef<uPlot | undefined>(undefined)
  // A chart is made anew when its lines are others.
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(optionsOf(latest.current, element, latest), dataOf(latest.current), element)
    chart.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      chart.current = undefined
    }
  }, [shape])
  // New numbers in the same lines.
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [times, series])
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={label} />
    </figure>
  )
}

function dataOf({ times, series }: TimeChartProps): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])]
}

function optionsOf(props: TimeChartProps, element: HTMLElement, latest: { current: TimeChartProps }): uPlot.Options {
  const { series, zone, format = short } = props
  const [ink, grid] = [inkOf('--muted'), inkOf('--line')]
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: FONT }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: { y: { range: (_, __, top) => [0, top > 0 ? top * 1.08 : 1] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => tickLabel(tick, ticks, zone)) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      { label: 'Time', value: (_, seconds) => (seconds === null ? '' : dateAndTime(seconds * 1000, zone)) },
      ...series.map(({ label, color }, index) => ({
        label,
        stroke: color === undefined ? colorOf(index) : inkOf(color),
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => format(value),
      })),
    ],
    cursor: { drag: { x: true, y: false, setScale: false } },
    hooks: { setSelect: [(plot) => zoom(plot, latest.current.onZoom)] },
  }
}

const FONT = '11px system-ui, sans-serif'

function tickLabel(tick: number, ticks: readonly number[], zone: string): string {
  const step = (ticks[1] ?? tick) - (ticks[0] ?? tick)
  const time = clock(tick * 1000, zone)
  if (step < 86_400 && time !== '00:00') return time
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: zone }).format(tick * 1000)
}

function zoom(plot: uPlot, onZoom: TimeChartProps['onZoom']): void {
  const { left, width } = plot.select
  if (width < 4 || onZoom === undefined) return
  onZoom(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000)
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}
