import { formatView, type View } from '../view.ts'

/** Nothing was counted in what is looked at: what to do next. */
export function Empty({ view }: { view: View }) {
  const isFiltered = Object.keys(view.filters).length > 0
  return (
    <div class="empty">
      <h2>No calls here</h2>
      <p>
        {isFiltered ? 'No call in this range passes the filters. ' : 'No call was counted in this range. '}
        {isFiltered && <a href={formatView({ ...view, filters: {} })}>Remove the filters</a>}
      </p>
      <p>
        Look at <a href={formatView({ ...view, range: '30d', filters: {} })}>the last 30 days</a> or{' '}
        <a href={formatView({ ...view, range: '1y', filters: {} })}>12 months</a>, or{' '}
        <a href={formatView({ ...view, page: 'sources' })}>connect a gateway</a> that sends its calls here.
      </p>
    </div>
  )
}
