import { useState } from 'preact/hooks'
import { localTime, PRESETS, periodOf, rangeLabel } from '../range.ts'
import { FILTER_DIMENSIONS, type FilterDimension, goTo, type View } from '../view.ts'
import { FilterChip } from './filter-chip.tsx'

const CUSTOM = 'custom'
const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]

/** Range, time zone and filters of the view. */
export function Toolbar({ view }: { view: View }) {
  const [isEditing, setEditing] = useState(false)
  const isPreset = view.range in PRESETS
  const pick = (range: string) => {
    setEditing(range === CUSTOM)
    if (range !== CUSTOM) goTo({ ...view, range })
  }
  const chosen = isEditing || !isPreset ? CUSTOM : view.range
  return (
    <>
      <div class="toolbar">
        <label>
          <span class="hidden">Range</span>
          <select value={chosen} onChange={(event) => pick(event.currentTarget.value)}>
            {Object.entries(PRESETS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
            <option value={CUSTOM}>{isPreset ? 'Other …' : rangeLabel(view.range)}</option>
          </select>
        </label>
        {isPreset || (
          <button type="button" class="plain" onClick={() => pick('24h')}>
            Reset zoom
          </button>
        )}
        <ZonePicker view={view} />
      </div>
      {isEditing && <CustomRange view={view} onDone={() => setEditing(false)} />}
      <FilterChips view={view} />
    </>
  )
}

function ZonePicker({ view }: { view: View }) {
  const pick = (zone: string) => {
    if (ZONES.includes(zone)) goTo({ ...view, zone })
  }
  return (
    <label>
      <span class="hidden">Time zone</span>
      <input list="zones" size={18} value={view.zone} onChange={(event) => pick(event.currentTarget.value)} />
      <datalist id="zones">
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </label>
  )
}

/** A time without a zone is in the view's zone (api.md §4); with seconds, an end is that instant (decisions.md 8). */
function CustomRange({ view, onDone }: { view: View; onDone: () => void }) {
  const now = Date.now()
  const [start = '', end = ''] = periodOf(view, now)
    .interval.split('/')
    .map((time) => (time.endsWith('Z') ? localTime(Date.parse(time), view.zone) : time).slice(0, 16))
  const apply = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const given = new FormData(event.currentTarget)
    goTo({ ...view, range: `${given.get('start')}:00/${given.get('end')}:00` })
    onDone()
  }
  return (
    <form class="toolbar" onSubmit={apply}>
      <label>
        From <input type="datetime-local" name="start" required defaultValue={start} />
      </label>
      <label>
        To <input type="datetime-local" name="end" required defaultValue={end} />
      </label>
      <button type="submit">Show</button>
    </form>
  )
}

function FilterChips({ view }: { view: View }) {
  const set = FILTER_DIMENSIONS.filter((name) => view.filters[name] !== undefined)
  if (set.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters">
      {set.map((name) => (
        <FilterChip key={name} view={view} name={name} onRemove={() => goTo(without(view, name))} />
      ))}
    </ul>
  )
}

function without(view: View, name: FilterDimension): View {
  const { [name]: _, ...filters } = view.filters
  return { ...view, filters }
}
