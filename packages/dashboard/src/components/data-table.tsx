import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface Column<Row> {
  readonly name: string
  readonly isNumber?: boolean
  /** What it is sorted by; a column without one is not. */
  readonly sortBy?: (row: Row) => string | number | null | undefined
  readonly cell: (row: Row) => ComponentChildren
}

interface DataTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  /** The text that the search looks through; without it there is no search. */
  readonly textOf?: (row: Row) => string
  readonly sortedBy?: string
  readonly actions?: ComponentChildren
}

interface Sorting {
  readonly column: string | undefined
  readonly isDescending: boolean
}

/** More rows than this nobody reads; the search and the files have all of them. */
const MOST_ROWS = 200

/** A table that can be sorted and searched. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, keyOf, textOf, sortedBy, actions } = props
  const [sorting, setSorting] = useState<Sorting>({ column: sortedBy, isDescending: true })
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const found = textOf === undefined ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted))
  const shown = sorted(found, columns, sorting).slice(0, MOST_ROWS)
  return (
    <>
      <div class="table-tools">
        {textOf !== undefined && (
          <input
            type="search"
            placeholder="Search"
            aria-label={`Search ${label}`}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <span class="fine" role="status">
          {shown.length < found.length ? `${shown.length} of ${found.length}` : `${found.length}`} shown
        </span>
        {actions}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that. */}
      <section class="scroll" aria-label={label} tabIndex={0}>
        <table>
          <HeadRow columns={columns} sorting={sorting} onSort={setSorting} />
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map(({ name, isNumber, cell }) => (
                  <td key={name} class={isNumber ? 'number' : undefined}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

interface HeadRowProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly sorting: Sorting
  readonly onSort: (sorting: Sorting) => void
}

function HeadRow<Row>({ columns, sorting, onSort }: HeadRowProps<Row>) {
  const directionOf = (name: string) => {
    if (name !== sorting.column) return undefined
    return sorting.isDescending ? 'descending' : 'ascending'
  }
  const sortBy = ({ name, isNumber = false }: Column<Row>) =>
    onSort({ column: name, isDescending: name === sorting.column ? !sorting.isDescending : isNumber })
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th
            key={column.name}
            scope="col"
            class={column.isNumber ? 'number' : undefined}
            aria-sort={directionOf(column.name)}
          >
            {column.sortBy === undefined ? (
              column.name
            ) : (
              <button type="button" onClick={() => sortBy(column)}>
                {column.name}
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sorting: Sorting): readonly Row[] {
  const sortValue = columns.find(({ name }) => name === sorting.column)?.sortBy
  if (sortValue === undefined) return rows
  const sign = sorting.isDescending ? -1 : 1
  return rows.toSorted((one, other) => sign * compared(sortValue(one), sortValue(other)))
}

function compared(one: string | number | null | undefined, other: string | number | null | undefined): number {
  if (typeof one === 'string' && typeof other === 'string') return one.localeCompare(other)
  return Number(one ?? -1) - Number(other ?? -1)
}
