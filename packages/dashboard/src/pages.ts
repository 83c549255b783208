import type { ComponentType } from 'preact'
import type { PageProps } from './page.ts'
import { AccessPage } from './pages/access.tsx'
import { ClientsPage, RoutesPage, UsersPage } from './pages/breakdowns.tsx'
import { LivePage } from './pages/live.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { RateLimitsPage } from './pages/rate-limits.tsx'
import { SourcesPage } from './pages/sources.tsx'
import { UnmatchedPage } from './pages/unmatched.tsx'
import type { PageName } from './view.ts'

interface PageEntry {
  readonly title: string
  readonly Page: ComponentType<PageProps>
  /** The range, zone and filters of the view mean something here. */
  readonly isOfUsage: boolean
}

/** Every page. To add one: write its file, name it in view.ts, list it here. */
export const PAGES: Readonly<Record<PageName, PageEntry>> = {
  overview: { title: 'Overview', Page: OverviewPage, isOfUsage: true },
  clients: { title: 'Clients', Page: ClientsPage, isOfUsage: true },
  routes: { title: 'Routes', Page: RoutesPage, isOfUsage: true },
  users: { title: 'Users', Page: UsersPage, isOfUsage: true },
  'rate-limits': { title: 'Rate limits', Page: RateLimitsPage, isOfUsage: false },
  live: { title: 'Live', Page: LivePage, isOfUsage: false },
  unmatched: { title: 'Unmatched paths', Page: UnmatchedPage, isOfUsage: false },
  access: { title: 'Clients and keys', Page: AccessPage, isOfUsage: false },
  sources: { title: 'Sources', Page: SourcesPage, isOfUsage: false },
}
