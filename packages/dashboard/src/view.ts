import type { UsageDimension, UsageFilters } from '@routemeter/client'
import { useEffect, useState } from 'preact/hooks'

export const PAGE_NAMES = [
  'overview',
  'clients',
  'routes',
  'users',
  'rate-limits',
  'live',
  'unmatched',
  'access',
  'sources',
] as const
export type PageName = (typeof PAGE_NAMES)[number]

export const FILTER_DIMENSIONS = ['clientId', 'userId', 'templateUri', 'httpMethod', 'platform', 'statusClass'] as const
export type FilterDimension = (typeof FILTER_DIMENSIONS)[number] & UsageDimension
export type Filters = Readonly<Partial<Record<FilterDimension, string>>>

/** What is being looked at, all of it: it stands in the address, so that a link shows another person the same. */
export interface View {
  readonly page: PageName
  /** A preset, or `start/end`. */
  readonly range: string
  readonly zone: string
  readonly filters: Filters
}

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
const DEFAULT_RANGE = '24h'

/** `#/routes?range=7d&zone=Europe/Berlin&clientId=…`; whatever is not understood is left out. */
export function parseView(hash: string): View {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const given = new URLSearchParams(query)
  const filters = FILTER_DIMENSIONS.flatMap((name) => {
    const value = given.get(name)
    return value === null ? [] : [[name, value]]
  })
  return {
    page: PAGE_NAMES.find((name) => name === path) ?? 'overview',
    range: given.get('range') ?? DEFAULT_RANGE,
    zone: knownZone(given.get('zone')) ?? OWN_ZONE,
    filters: Object.fromEntries(filters),
  }
}

export function formatView({ page, range, zone, filters }: View): string {
  const query = new URLSearchParams({ range, zone, ...filters })
  return `#/${page}?${query.toString().replaceAll('%2F', '/')}`
}

/** As queries have them: a list each, of which a call has to have one. */
export function filtersOf(filters: Filters): UsageFilters {
  return Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value]]))
}

function knownZone(zone: string | null): string | undefined {
  if (zone === null) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

export function goTo(view: View): void {
  location.hash = formatView(view)
}

/** The view in the address, as it is now and whenever it changes. */
export function useView(): View {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return parseView(hash)
}
